namespace FugakuDnn.Native.Memory;

internal static unsafe partial class PoolThunks
{
    // System V calling convention; only caller-saved registers are used. 32 bytes a list: CachedBlocks. pool_shared: PoolShared, whose
    // word 16 is the fork block. 589824: the bytes of a leaf of PageMap, behind which its root stands. The C library's own functions
    // serve ended threads and forked children.
    internal const string X64Listing = """
        pool_malloc:
            48 8B 05 7F 03 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D 80 03 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 41                            | jne pool_malloc_slow
            64 48 8B 10                      | mov rdx, fs:[rax]
            48 85 D2                         | test rdx, rdx
            74 38                            | je pool_malloc_slow
            48 81 FF 00 80 00 00             | cmp rdi, 32768
            77 2F                            | ja pool_malloc_slow
            48 8D 4F 3F                      | lea rcx, [rdi + 63]
            48 C1 E9 06                      | shr rcx, 6
            48 8D 35 60 03 00 00             | lea rsi, [rip + size_classes]
            0F B6 0C 0E                      | movzx ecx, byte ptr [rsi + rcx]
            C1 E1 05                         | shl ecx, 5
            48 01 CA                         | add rdx, rcx
            48 8B 02                         | mov rax, [rdx]
            48 85 C0                         | test rax, rax
            74 0E                            | je pool_malloc_slow
            48 8B 08                         | mov rcx, [rax]
            48 89 0A                         | mov [rdx], rcx
            FF 42 08                         | inc dword ptr [rdx + 8]
            48 FF 42 10                      | inc qword ptr [rdx + 16]
            C3                               | ret
        pool_malloc_slow:
            4C 8B 05 19 03 00 00             | mov r8, [rip + pool_shared]
            49 8B 40 10                      | mov rax, [r8 + 16]
            83 78 0C 00                      | cmp dword ptr [rax + 12], 0
            75 23                            | jne pool_malloc_c
            48 8B 05 18 03 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D 19 03 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 0A                            | jne pool_malloc_managed
            64 48 8B 10                      | mov rdx, fs:[rax]
            49 3B 50 18                      | cmp rdx, [r8 + 24]
            74 04                            | je pool_malloc_c
        pool_malloc_managed:
            41 FF 60 20                      | jmp [r8 + 32]
        pool_malloc_c:
            48 8D 77 3F                      | lea rsi, [rdi + 63]
            48 83 E6 C0                      | and rsi, -64
            75 05                            | jne pool_malloc_c_some
            BE 40 00 00 00                   | mov esi, 64
        pool_malloc_c_some:
            48 39 FE                         | cmp rsi, rdi
            72 09                            | jb pool_null
            BF 40 00 00 00                   | mov edi, 64
            41 FF 60 48                      | jmp [r8 + 72]
        pool_null:
            31 C0                            | xor eax, eax
            C3                               | ret
        pool_free:
            48 8B 05 D5 02 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D D6 02 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 50                            | jne pool_free_slow
            64 48 8B 10                      | mov rdx, fs:[rax]
            48 85 D2                         | test rdx, rdx
            74 47                            | je pool_free_slow
            48 89 F9                         | mov rcx, rdi
            48 C1 E9 20                      | shr rcx, 32
            48 81 F9 FF FF 00 00             | cmp rcx, 65535
            77 37                            | ja pool_free_slow
            48 8B 35 9F 02 00 00             | mov rsi, [rip + page_map]
            48 8B 8C CE 00 00 09 00          | mov rcx, [rsi + rcx*8 + 589824]
            48 01 F1                         | add rcx, rsi
            89 FE                            | mov esi, edi
            C1 EE 10                         | shr esi, 16
            0F B6 0C 31                      | movzx ecx, byte ptr [rcx + rsi]
            C1 E1 05                         | shl ecx, 5
            48 01 CA                         | add rdx, rcx
            8B 42 08                         | mov eax, [rdx + 8]
            85 C0                            | test eax, eax
            74 0F                            | je pool_free_slow
            FF C8                            | dec eax
            89 42 08                         | mov [rdx + 8], eax
            48 8B 02                         | mov rax, [rdx]
            48 89 07                         | mov [rdi], rax
            48 89 3A                         | mov [rdx], rdi
            C3                               | ret
        pool_free_slow:
            48 85 FF                         | test rdi, rdi
            74 58                            | je pool_free_over
            4C 8B 05 5B 02 00 00             | mov r8, [rip + pool_shared]
            E8 4D 00 00 00                   | call pool_mark
            85 C0                            | test eax, eax
            74 32                            | je pool_free_c
            49 8B 40 10                      | mov rax, [r8 + 16]
            83 78 0C 00                      | cmp dword ptr [rax + 12], 0
            75 3E                            | jne pool_free_over
            48 8B 05 51 02 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D 52 02 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 17                            | jne pool_free_late
            64 48 8B 10                      | mov rdx, fs:[rax]
            48 85 D2                         | test rdx, rdx
            74 0E                            | je pool_free_late
            49 3B 50 18                      | cmp rdx, [r8 + 24]
            74 08                            | je pool_free_late
            41 FF 60 28                      | jmp [r8 + 40]
        pool_free_c:
            41 FF 60 58                      | jmp [r8 + 88]
        pool_free_late:
            49 8B 00                         | mov rax, [r8]
        pool_free_late_again:
            48 89 07                         | mov [rdi], rax
            F0 49 0F B1 38                   | lock cmpxchg [r8], rdi
            75 F6                            | jne pool_free_late_again
            F0 49 FF 40 08                   | lock inc qword ptr [r8 + 8]
        pool_free_over:
            C3                               | ret
        pool_mark:
            48 89 F9                         | mov rcx, rdi
            48 C1 E9 20                      | shr rcx, 32
            31 C0                            | xor eax, eax
            48 81 F9 FF FF 00 00             | cmp rcx, 65535
            77 23                            | ja pool_mark_over
            48 8B 35 F8 01 00 00             | mov rsi, [rip + page_map]
            48 8B 8C CE 00 00 09 00          | mov rcx, [rsi + rcx*8 + 589824]
            48 01 F1                         | add rcx, rsi
            89 FE                            | mov esi, edi
            C1 EE 10                         | shr esi, 16
            0F B6 04 31                      | movzx eax, byte ptr [rcx + rsi]
            48 8D 8C F1 00 00 01 00          | lea rcx, [rcx + rsi*8 + 65536]
        pool_mark_over:
            C3                               | ret
        pool_calloc:
            4C 8B 05 CC 01 00 00             | mov r8, [rip + pool_shared]
            49 8B 40 10                      | mov rax, [r8 + 16]
            83 78 0C 00                      | cmp dword ptr [rax + 12], 0
            75 23                            | jne pool_calloc_c
            48 8B 05 CB 01 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D CC 01 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 0A                            | jne pool_calloc_managed
            64 48 8B 10                      | mov rdx, fs:[rax]
            49 3B 50 18                      | cmp rdx, [r8 + 24]
            74 04                            | je pool_calloc_c
        pool_calloc_managed:
            41 FF 60 30                      | jmp [r8 + 48]
        pool_calloc_c:
            48 89 F8                         | mov rax, rdi
            48 F7 E6                         | mul rsi
            0F 80 C4 FE FF FF                | jo pool_null
            50                               | push rax
            48 89 C7                         | mov rdi, rax
            E8 9E FE FF FF                   | call pool_malloc_c
            59                               | pop rcx
            48 85 C0                         | test rax, rax
            0F 84 76 FF FF FF                | je pool_free_over
            49 89 C0                         | mov r8, rax
            48 89 C7                         | mov rdi, rax
            31 C0                            | xor eax, eax
            F3 AA                            | rep stosb
            4C 89 C0                         | mov rax, r8
            C3                               | ret
        pool_aligned_alloc:
            4C 8B 05 6B 01 00 00             | mov r8, [rip + pool_shared]
            49 8B 40 10                      | mov rax, [r8 + 16]
            83 78 0C 00                      | cmp dword ptr [rax + 12], 0
            75 23                            | jne pool_aligned_alloc_c
            48 8B 05 6A 01 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D 6B 01 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 0A                            | jne pool_aligned_alloc_managed
            64 48 8B 10                      | mov rdx, fs:[rax]
            49 3B 50 18                      | cmp rdx, [r8 + 24]
            74 04                            | je pool_aligned_alloc_c
        pool_aligned_alloc_managed:
            41 FF 60 40                      | jmp [r8 + 64]
        pool_aligned_alloc_c:
            41 FF 60 48                      | jmp [r8 + 72]
        pool_realloc:
            49 89 F1                         | mov r9, rsi
            4C 8B 05 30 01 00 00             | mov r8, [rip + pool_shared]
            48 85 FF                         | test rdi, rdi
            74 3D                            | je pool_realloc_new
            E8 1D FF FF FF                   | call pool_mark
            4C 89 CE                         | mov rsi, r9
            85 C0                            | test eax, eax
            74 39                            | je pool_realloc_c
            49 8B 40 10                      | mov rax, [r8 + 16]
            83 78 0C 00                      | cmp dword ptr [rax + 12], 0
            75 23                            | jne pool_realloc_managed
            48 8B 05 1E 01 00 00             | mov rax, [rip + cache_slot]
            48 8B 0D 1F 01 00 00             | mov rcx, [rip + cache_seq]
            64 48 3B 48 F8                   | cmp rcx, fs:[rax - 8]
            75 0E                            | jne pool_realloc_managed
            64 48 8B 10                      | mov rdx, fs:[rax]
            49 3B 50 18                      | cmp rdx, [r8 + 24]
            0F 84 23 FE FF FF                | je pool_null
        pool_realloc_managed:
            41 FF 60 38                      | jmp [r8 + 56]
        pool_realloc_new:
            48 89 F7                         | mov rdi, rsi
            E9 70 FD FF FF                   | jmp pool_malloc
        pool_realloc_c:
            41 FF 60 50                      | jmp [r8 + 80]
        pool_usable_size:
            31 C0                            | xor eax, eax
            48 85 FF                         | test rdi, rdi
            74 14                            | je pool_usable_size_over
            E8 CD FE FF FF                   | call pool_mark
            85 C0                            | test eax, eax
            74 0C                            | je pool_usable_size_c
            48 8B 01                         | mov rax, [rcx]
            48 85 C0                         | test rax, rax
            74 03                            | je pool_usable_size_over
            48 8B 00                         | mov rax, [rax]
        pool_usable_size_over:
            C3                               | ret
        pool_usable_size_c:
            4C 8B 05 BF 00 00 00             | mov r8, [rip + pool_shared]
            41 FF 60 60                      | jmp [r8 + 96]
        pool_posix_memalign:
            4C 8B 05 B4 00 00 00             | mov r8, [rip + pool_shared]
            49 3B B0 88 00 00 00             | cmp rsi, [r8 + 136]
            75 1B                            | jne pool_posix_memalign_c
            57                               | push rdi
            48 89 D7                         | mov rdi, rdx
            E8 2C FD FF FF                   | call pool_malloc
            5F                               | pop rdi
            48 85 C0                         | test rax, rax
            74 06                            | je pool_posix_memalign_none
            48 89 07                         | mov [rdi], rax
            31 C0                            | xor eax, eax
            C3                               | ret
        pool_posix_memalign_none:
            B8 0C 00 00 00                   | mov eax, 12
            C3                               | ret
        pool_posix_memalign_c:
            41 FF A0 80 00 00 00             | jmp [r8 + 128]
        numpy_malloc:
            4C 8B 05 82 00 00 00             | mov r8, [rip + pool_shared]
            48 89 F7                         | mov rdi, rsi
            49 03 78 78                      | add rdi, [r8 + 120]
            0F 82 A6 FD FF FF                | jb pool_null
            E9 FA FC FF FF                   | jmp pool_malloc
        numpy_calloc:
            48 89 F0                         | mov rax, rsi
            48 F7 E2                         | mul rdx
            0F 82 95 FD FF FF                | jb pool_null
            4C 8B 05 5D 00 00 00             | mov r8, [rip + pool_shared]
            48 89 C7                         | mov rdi, rax
            49 03 78 78                      | add rdi, [r8 + 120]
            0F 82 81 FD FF FF                | jb pool_null
            BE 01 00 00 00                   | mov esi, 1
            E9 73 FE FF FF                   | jmp pool_calloc
        numpy_realloc:
            4C 8B 05 3F 00 00 00             | mov r8, [rip + pool_shared]
            48 89 F7                         | mov rdi, rsi
            48 89 D6                         | mov rsi, rdx
            49 03 70 78                      | add rsi, [r8 + 120]
            0F 82 60 FD FF FF                | jb pool_null
            E9 F0 FE FF FF                   | jmp pool_realloc
        numpy_free:
            48 89 F7                         | mov rdi, rsi
            E9 56 FD FF FF                   | jmp pool_free
        cache_ended:
            4C 8B 05 1B 00 00 00             | mov r8, [rip + pool_shared]
            49 8B 70 18                      | mov rsi, [r8 + 24]
            48 39 F7                         | cmp rdi, rsi
            74 0A                            | je cache_ended_again
            C7 87 FC 0F 00 00 01 00 00 00    | mov dword ptr [rdi + 4092], 1
        cache_ended_again:
            41 8B 78 70                      | mov edi, dword ptr [r8 + 112]
            41 FF 60 68                      | jmp [r8 + 104]
        pool_shared:
            00 00 00 00 00 00 00 00          | .quad 0
        page_map:
            00 00 00 00 00 00 00 00          | .quad 0
        cache_slot:
            00 00 00 00 00 00 00 00          | .quad 0
        cache_seq:
            00 00 00 00 00 00 00 00          | .quad 0
        size_classes:
            00 00 00 00 00 00 00 00          | .quad 0
        """;
}

namespace FugakuDnn.Native.Platform;

internal static unsafe partial class MachineThunks
{
    // System V calling convention; only caller-saved registers are used. Slots are laid out as WorkerSlot says, the fork block as
    // ForkBlock. Left the machine code, right the assembly that llvm-mc turns into it (a test has it do so).
    internal const string X64Listing = """
        read_thread_pointer:
            64 48 8B 04 25 00 00 00 00       | mov rax, fs:[0]
            C3                               | ret
        read_fp_control:
            0F AE 5C 24 FC                   | stmxcsr [rsp - 4]
            8B 44 24 FC                      | mov eax, [rsp - 4]
            C3                               | ret
        write_fp_control:
            89 7C 24 FC                      | mov [rsp - 4], edi
            0F AE 54 24 FC                   | ldmxcsr [rsp - 4]
            C3                               | ret
        read_xcr0:
            31 C9                            | xor ecx, ecx
            0F 01 D0                         | xgetbv
            48 C1 E2 20                      | shl rdx, 32
            48 09 D0                         | or rax, rdx
            C3                               | ret
        worker_wait:
            49 89 F8                         | mov r8, rdi
            41 89 F1                         | mov r9d, esi
            49 89 D2                         | mov r10, rdx
            89 F0                            | mov eax, esi
            41 87 80 00 01 00 00             | xchg [r8 + 256], eax
            41 83 B8 04 01 00 00 00          | cmp dword ptr [r8 + 260], 0
            74 18                            | je worker_announced
            49 8D B8 00 01 00 00             | lea rdi, [r8 + 256]
            BE 81 00 00 00                   | mov esi, 129
            BA 01 00 00 00                   | mov edx, 1
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
        worker_announced:
            4D 85 D2                         | test r10, r10
            74 24                            | je worker_sleep
            0F 31                            | rdtsc
            48 C1 E2 20                      | shl rdx, 32
            48 09 D0                         | or rax, rdx
            49 01 C2                         | add r10, rax
        worker_spin:
            41 8B 00                         | mov eax, [r8]
            44 39 C8                         | cmp eax, r9d
            75 3E                            | jne worker_go
            F3 90                            | pause
            0F 31                            | rdtsc
            48 C1 E2 20                      | shl rdx, 32
            48 09 D0                         | or rax, rdx
            4C 39 D0                         | cmp rax, r10
            72 E8                            | jb worker_spin
        worker_sleep:
            B8 01 00 00 00                   | mov eax, 1
            41 87 40 04                      | xchg [r8 + 4], eax
        worker_sleeping:
            4C 89 C7                         | mov rdi, r8
            BE 80 00 00 00                   | mov esi, 128
            44 89 CA                         | mov edx, r9d
            45 31 D2                         | xor r10d, r10d
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
            41 8B 00                         | mov eax, [r8]
            44 39 C8                         | cmp eax, r9d
            74 E3                            | je worker_sleeping
            41 C7 40 04 00 00 00 00          | mov dword ptr [r8 + 4], 0
        worker_go:
            C3                               | ret
        team_go:
            49 89 F8                         | mov r8, rdi
            41 89 F1                         | mov r9d, esi
            41 89 D2                         | mov r10d, edx
        team_go_next:
            44 89 D0                         | mov eax, r10d
            41 87 00                         | xchg [r8], eax
            41 83 78 04 00                   | cmp dword ptr [r8 + 4], 0
            74 14                            | je team_go_awake
            4C 89 C7                         | mov rdi, r8
            BE 81 00 00 00                   | mov esi, 129
            BA 01 00 00 00                   | mov edx, 1
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
        team_go_awake:
            49 81 C0 00 02 00 00             | add r8, 512
            41 FF C9                         | dec r9d
            75 D3                            | jne team_go_next
            C3                               | ret
        team_wait:
            49 89 F8                         | mov r8, rdi
            41 89 F1                         | mov r9d, esi
            89 D6                            | mov esi, edx
            48 89 CF                         | mov rdi, rcx
            0F 31                            | rdtsc
            48 C1 E2 20                      | shl rdx, 32
            48 09 D0                         | or rax, rdx
            48 01 C7                         | add rdi, rax
        team_wait_next:
            41 39 B0 00 01 00 00             | cmp [r8 + 256], esi
            74 4F                            | je team_wait_done
            F3 90                            | pause
            0F 31                            | rdtsc
            48 C1 E2 20                      | shl rdx, 32
            48 09 D0                         | or rax, rdx
            48 39 F8                         | cmp rax, rdi
            72 E7                            | jb team_wait_next
            57                               | push rdi
            56                               | push rsi
            B8 01 00 00 00                   | mov eax, 1
            41 87 80 04 01 00 00             | xchg [r8 + 260], eax
        team_wait_sleeping:
            41 8B 90 00 01 00 00             | mov edx, [r8 + 256]
            3B 14 24                         | cmp edx, [rsp]
            74 18                            | je team_wait_woken
            49 8D B8 00 01 00 00             | lea rdi, [r8 + 256]
            BE 80 00 00 00                   | mov esi, 128
            45 31 D2                         | xor r10d, r10d
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
            EB DC                            | jmp team_wait_sleeping
        team_wait_woken:
            41 C7 80 04 01 00 00 00 00 00 00 | mov dword ptr [r8 + 260], 0
            5E                               | pop rsi
            5F                               | pop rdi
        team_wait_done:
            49 81 C0 00 02 00 00             | add r8, 512
            41 FF C9                         | dec r9d
            75 9C                            | jne team_wait_next
            C3                               | ret
        fork_parent:
            4C 8B 05 CD 00 00 00             | mov r8, [rip + fork_block]
            41 8B 40 08                      | mov eax, [r8 + 8]
            85 C0                            | test eax, eax
            74 31                            | je fork_parent_done
            83 F8 02                         | cmp eax, 2
            75 07                            | jne fork_parent_admit
            41 C7 00 00 00 00 00             | mov dword ptr [r8], 0
        fork_parent_admit:
            41 C7 40 08 00 00 00 00          | mov dword ptr [r8 + 8], 0
            41 C7 40 04 00 00 00 00          | mov dword ptr [r8 + 4], 0
            49 8D 78 04                      | lea rdi, [r8 + 4]
            BE 81 00 00 00                   | mov esi, 129
            BA FF FF FF 7F                   | mov edx, 2147483647
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
        fork_parent_done:
            C3                               | ret
        fork_child:
            48 8B 05 8C 00 00 00             | mov rax, [rip + fork_block]
            C7 00 01 00 00 00                | mov dword ptr [rax], 1
            C7 40 04 00 00 00 00             | mov dword ptr [rax + 4], 0
            C7 40 08 00 00 00 00             | mov dword ptr [rax + 8], 0
            C7 40 0C 01 00 00 00             | mov dword ptr [rax + 12], 1
            48 8B 48 10                      | mov rcx, [rax + 16]
            48 85 C9                         | test rcx, rcx
            74 08                            | je fork_child_over
            48 8B 50 18                      | mov rdx, [rax + 24]
            64 48 89 11                      | mov fs:[rcx], rdx
        fork_child_over:
            C3                               | ret
        fork_wait:
            4C 8B 05 58 00 00 00             | mov r8, [rip + fork_block]
        fork_waiting:
            41 83 78 04 00                   | cmp dword ptr [r8 + 4], 0
            74 1A                            | je fork_over
            49 8D 78 04                      | lea rdi, [r8 + 4]
            BE 80 00 00 00                   | mov esi, 128
            BA 01 00 00 00                   | mov edx, 1
            45 31 D2                         | xor r10d, r10d
            B8 CA 00 00 00                   | mov eax, 202
            0F 05                            | syscall
            EB DF                            | jmp fork_waiting
        fork_over:
            C3                               | ret
        note_library:
            48 8B 47 20                      | mov rax, [rdi + 32]
            48 89 42 08                      | mov [rdx + 8], rax
            48 3B 02                         | cmp rax, [rdx]
            74 23                            | je note_library_enough
            48 8B 7F 08                      | mov rdi, [rdi + 8]
            48 8B 72 10                      | mov rsi, [rdx + 16]
        note_library_copy:
            48 3B 72 18                      | cmp rsi, [rdx + 24]
            73 15                            | jae note_library_enough
            8A 07                            | mov al, [rdi]
            88 06                            | mov [rsi], al
            48 FF C7                         | inc rdi
            48 FF C6                         | inc rsi
            84 C0                            | test al, al
            75 EC                            | jne note_library_copy
            48 89 72 10                      | mov [rdx + 16], rsi
            31 C0                            | xor eax, eax
            C3                               | ret
        note_library_enough:
            B8 01 00 00 00                   | mov eax, 1
            C3                               | ret
        fork_block:
            00 00 00 00 00 00 00 00          | .quad 0
        """;
}

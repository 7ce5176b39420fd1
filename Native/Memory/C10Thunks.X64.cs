namespace FugakuDnn.Native.Memory;

internal static unsafe partial class C10Thunks
{
    // System V calling convention: rdi the DataPtr that is returned, rsi the object, rdx the bytes. 589824: the bytes of a leaf of PageMap,
    // behind which its root stands. 65280: a DataPtr's device, type 0 (CPU), index -1.
    internal const string X64Listing = """
        c10_block:
            48 83 EC 08             | sub rsp, 8
            FF 15 E6 00 00 00       | call [rip + pool_malloc]
            48 85 C0                | test rax, rax
            74 2F                   | je c10_block_over
            48 89 C1                | mov rcx, rax
            48 C1 E9 20             | shr rcx, 32
            48 8B 15 E3 00 00 00    | mov rdx, [rip + page_map]
            48 8B 8C CA 00 00 09 00 | mov rcx, [rdx + rcx*8 + 589824]
            48 01 D1                | add rcx, rdx
            89 C2                   | mov edx, eax
            C1 EA 10                | shr edx, 16
            80 3C 11 00             | cmp byte ptr [rcx + rdx], 0
            75 0B                   | jne c10_block_over
            48 89 C7                | mov rdi, rax
            FF 15 BC 00 00 00       | call [rip + pool_free]
            31 C0                   | xor eax, eax
        c10_block_over:
            48 83 C4 08             | add rsp, 8
            C3                      | ret
        c10_allocate:
            48 85 D2                | test rdx, rdx
            74 35                   | je c10_pass_on
            57                      | push rdi
            52                      | push rdx
            48 83 EC 08             | sub rsp, 8
            48 89 D7                | mov rdi, rdx
            E8 AA FF FF FF          | call c10_block
            48 83 C4 08             | add rsp, 8
            5A                      | pop rdx
            5F                      | pop rdi
            48 85 C0                | test rax, rax
            74 1C                   | je c10_pass_on
            48 8B 0D 90 00 00 00    | mov rcx, [rip + pool_free]
            48 89 07                | mov [rdi], rax
            48 89 4F 08             | mov [rdi + 8], rcx
            48 89 47 10             | mov [rdi + 16], rax
            66 C7 47 18 00 FF       | mov word ptr [rdi + 24], 65280
            48 89 F8                | mov rax, rdi
            C3                      | ret
        c10_pass_on:
            48 8B 35 84 00 00 00    | mov rsi, [rip + stock]
            48 8B 06                | mov rax, [rsi]
            FF 60 10                | jmp [rax + 16]
        c10_raw_deleter:
            48 8D 05 01 00 00 00    | lea rax, [rip + c10_raw_free]
            C3                      | ret
        c10_raw_free:
            48 89 F9                | mov rcx, rdi
            48 C1 E9 20             | shr rcx, 32
            48 81 F9 FF FF 00 00    | cmp rcx, 65535
            77 23                   | ja c10_raw_free_stock
            48 8B 15 57 00 00 00    | mov rdx, [rip + page_map]
            48 8B 8C CA 00 00 09 00 | mov rcx, [rdx + rcx*8 + 589824]
            48 01 D1                | add rcx, rdx
            89 FA                   | mov edx, edi
            C1 EA 10                | shr edx, 16
            80 3C 11 00             | cmp byte ptr [rcx + rdx], 0
            74 06                   | je c10_raw_free_stock
            FF 25 33 00 00 00       | jmp [rip + pool_free]
        c10_raw_free_stock:
            FF 25 45 00 00 00       | jmp [rip + stock_free]
        c10_is_simple:
            48 8B 06                | mov rax, [rsi]
            48 3B 46 10             | cmp rax, [rsi + 16]
            0F 94 C0                | sete al
            0F B6 C0                | movzx eax, al
            C3                      | ret
        c10_copy_data:
            48 89 F7                | mov rdi, rsi
            48 89 D6                | mov rsi, rdx
            48 89 CA                | mov rdx, rcx
            FF 25 30 00 00 00       | jmp [rip + memcpy]
        c10_destroy:
            C3                      | ret
            0F 1F 80 00 00 00 00    | .p2align 3
        pool_malloc:
            00 00 00 00 00 00 00 00 | .quad 0
        pool_free:
            00 00 00 00 00 00 00 00 | .quad 0
        page_map:
            00 00 00 00 00 00 00 00 | .quad 0
        stock:
            00 00 00 00 00 00 00 00 | .quad 0
        stock_free:
            00 00 00 00 00 00 00 00 | .quad 0
        memcpy:
            00 00 00 00 00 00 00 00 | .quad 0
        """;
}

namespace FugakuDnn.Native.Memory;

internal static unsafe partial class PoolThunks
{
    // AAPCS64 calling convention; only caller-saved registers are used. See the listing for x86-64.
    // pool_state: w10 whether memory has to come from the C library, w11 whether the thread has no cache; x9 is then pool_shared.
    // pool_mark: w10 the mark of x0's slice, x11 the place of its span.
    internal const string Arm64Listing = """
        pool_malloc:
            8A 1E 00 58  | ldr x10, cache_slot
            49 D0 3B D5  | mrs x9, tpidr_el0
            29 01 0A 8B  | add x9, x9, x10
            2B B1 7F A9  | ldp x11, x12, [x9, #-8]
            4D 1E 00 58  | ldr x13, cache_seq
            7F 01 0D EB  | cmp x11, x13
            A1 02 00 54  | b.ne pool_malloc_slow
            8C 02 00 B4  | cbz x12, pool_malloc_slow
            1F 20 40 F1  | cmp x0, #8, lsl #12
            48 02 00 54  | b.hi pool_malloc_slow
            0D FC 00 91  | add x13, x0, #63
            AD FD 46 D3  | lsr x13, x13, #6
            8E 1D 00 10  | adr x14, size_classes
            CD 69 6D 38  | ldrb w13, [x14, x13]
            8C 15 0D 8B  | add x12, x12, x13, lsl #5
            8E 01 40 F9  | ldr x14, [x12]
            6E 01 00 B4  | cbz x14, pool_malloc_slow
            CD 01 40 F9  | ldr x13, [x14]
            8D 01 00 F9  | str x13, [x12]
            8D 09 40 B9  | ldr w13, [x12, #8]
            AD 05 00 11  | add w13, w13, #1
            8D 09 00 B9  | str w13, [x12, #8]
            8D 09 40 F9  | ldr x13, [x12, #16]
            AD 05 00 91  | add x13, x13, #1
            8D 09 00 F9  | str x13, [x12, #16]
            E0 03 0E AA  | mov x0, x14
            C0 03 5F D6  | ret
        pool_malloc_slow:
            EF 03 1E AA  | mov x15, x30
            11 00 00 94  | bl pool_state
            FE 03 0F AA  | mov x30, x15
            6A 00 00 35  | cbnz w10, pool_malloc_c
            30 11 40 F9  | ldr x16, [x9, #32]
            00 02 1F D6  | br x16
        pool_malloc_c:
            E9 19 00 58  | ldr x9, pool_shared
            01 FC 00 91  | add x1, x0, #63
            21 E4 7A F2  | ands x1, x1, #-64
            41 00 00 54  | b.ne pool_malloc_c_some
            01 08 80 D2  | mov x1, #64
        pool_malloc_c_some:
            3F 00 00 EB  | cmp x1, x0
            83 00 00 54  | b.lo pool_null
            00 08 80 D2  | mov x0, #64
            30 25 40 F9  | ldr x16, [x9, #72]
            00 02 1F D6  | br x16
        pool_null:
            E0 03 1F AA  | mov x0, xzr
            C0 03 5F D6  | ret
        pool_state:
            69 18 00 58  | ldr x9, pool_shared
            2A 09 40 F9  | ldr x10, [x9, #16]
            4A 0D 40 B9  | ldr w10, [x10, #12]
            4A 02 00 35  | cbnz w10, pool_state_over
        pool_state_of_thread:
            E9 17 00 58  | ldr x9, pool_shared
            4A 18 00 58  | ldr x10, cache_slot
            4B D0 3B D5  | mrs x11, tpidr_el0
            6B 01 0A 8B  | add x11, x11, x10
            6C B5 7F A9  | ldp x12, x13, [x11, #-8]
            0E 18 00 58  | ldr x14, cache_seq
            EA 03 1F 2A  | mov w10, wzr
            2B 00 80 52  | mov w11, #1
            9F 01 0E EB  | cmp x12, x14
            01 01 00 54  | b.ne pool_state_over
            ED 00 00 B4  | cbz x13, pool_state_over
            2E 0D 40 F9  | ldr x14, [x9, #24]
            EB 03 1F 2A  | mov w11, wzr
            BF 01 0E EB  | cmp x13, x14
            61 00 00 54  | b.ne pool_state_over
            2A 00 80 52  | mov w10, #1
            2B 00 80 52  | mov w11, #1
        pool_state_over:
            C0 03 5F D6  | ret
        pool_mark:
            0B FC 60 D3  | lsr x11, x0, #32
            EA 03 1F 2A  | mov w10, wzr
            6C FD 50 D3  | lsr x12, x11, #16
            4C 01 00 B5  | cbnz x12, pool_mark_over
            6C 15 00 58  | ldr x12, page_map
            8B 0D 0B 8B  | add x11, x12, x11, lsl #3
            6B 41 42 91  | add x11, x11, #144, lsl #12
            6B 01 40 F9  | ldr x11, [x11]
            6B 01 0C 8B  | add x11, x11, x12
            0C 7C 50 D3  | ubfx x12, x0, #16, #16
            6A 69 6C 38  | ldrb w10, [x11, x12]
            6B 0D 0C 8B  | add x11, x11, x12, lsl #3
            6B 41 40 91  | add x11, x11, #16, lsl #12
        pool_mark_over:
            C0 03 5F D6  | ret
        pool_free:
            6A 14 00 58  | ldr x10, cache_slot
            49 D0 3B D5  | mrs x9, tpidr_el0
            29 01 0A 8B  | add x9, x9, x10
            2B B1 7F A9  | ldp x11, x12, [x9, #-8]
            2D 14 00 58  | ldr x13, cache_seq
            7F 01 0D EB  | cmp x11, x13
            A1 02 00 54  | b.ne pool_free_slow
            8C 02 00 B4  | cbz x12, pool_free_slow
            0B FC 60 D3  | lsr x11, x0, #32
            6D FD 50 D3  | lsr x13, x11, #16
            2D 02 00 B5  | cbnz x13, pool_free_slow
            CD 12 00 58  | ldr x13, page_map
            AB 0D 0B 8B  | add x11, x13, x11, lsl #3
            6B 41 42 91  | add x11, x11, #144, lsl #12
            6B 01 40 F9  | ldr x11, [x11]
            6B 01 0D 8B  | add x11, x11, x13
            0D 7C 50 D3  | ubfx x13, x0, #16, #16
            6B 69 6D 38  | ldrb w11, [x11, x13]
            8C 15 0B 8B  | add x12, x12, x11, lsl #5
            8D 09 40 B9  | ldr w13, [x12, #8]
            ED 00 00 34  | cbz w13, pool_free_slow
            AD 05 00 51  | sub w13, w13, #1
            8D 09 00 B9  | str w13, [x12, #8]
            8D 01 40 F9  | ldr x13, [x12]
            0D 00 00 F9  | str x13, [x0]
            80 01 00 F9  | str x0, [x12]
            C0 03 5F D6  | ret
        pool_free_slow:
            E0 02 00 B4  | cbz x0, pool_free_over
            EF 03 1E AA  | mov x15, x30
            D5 FF FF 97  | bl pool_mark
            AA 02 00 34  | cbz w10, pool_free_c
            BD FF FF 97  | bl pool_state
            AA 00 00 35  | cbnz w10, pool_free_unmanaged
            8B 00 00 35  | cbnz w11, pool_free_unmanaged
            FE 03 0F AA  | mov x30, x15
            30 15 40 F9  | ldr x16, [x9, #40]
            00 02 1F D6  | br x16
        pool_free_unmanaged:
            FE 03 0F AA  | mov x30, x15
            2A 09 40 F9  | ldr x10, [x9, #16]
            4A 0D 40 B9  | ldr w10, [x10, #12]
            4A 01 00 35  | cbnz w10, pool_free_over
        pool_free_late_again:
            2A FD 5F C8  | ldaxr x10, [x9]
            0A 00 00 F9  | str x10, [x0]
            20 FD 0B C8  | stlxr w11, x0, [x9]
            AB FF FF 35  | cbnz w11, pool_free_late_again
            2C 21 00 91  | add x12, x9, #8
        pool_free_count_again:
            8A 7D 5F C8  | ldxr x10, [x12]
            4A 05 00 91  | add x10, x10, #1
            8A 7D 0B C8  | stxr w11, x10, [x12]
            AB FF FF 35  | cbnz w11, pool_free_count_again
        pool_free_over:
            C0 03 5F D6  | ret
        pool_free_c:
            FE 03 0F AA  | mov x30, x15
            69 0D 00 58  | ldr x9, pool_shared
            30 2D 40 F9  | ldr x16, [x9, #88]
            00 02 1F D6  | br x16
        pool_calloc:
            EF 03 1E AA  | mov x15, x30
            A4 FF FF 97  | bl pool_state
            FE 03 0F AA  | mov x30, x15
            6A 00 00 35  | cbnz w10, pool_calloc_c
            30 19 40 F9  | ldr x16, [x9, #48]
            00 02 1F D6  | br x16
        pool_calloc_c:
            0A 7C C1 9B  | umulh x10, x0, x1
            8A F3 FF B5  | cbnz x10, pool_null
            00 7C 01 9B  | mul x0, x0, x1
            E0 7B BF A9  | stp x0, x30, [sp, #-16]!
            8F FF FF 97  | bl pool_malloc_c
            E1 7B C1 A8  | ldp x1, x30, [sp], #16
            C0 00 00 B4  | cbz x0, pool_calloc_over
            EA 03 00 AA  | mov x10, x0
        pool_calloc_zero:
            81 00 00 B4  | cbz x1, pool_calloc_over
            5F 15 00 38  | strb wzr, [x10], #1
            21 04 00 D1  | sub x1, x1, #1
            FD FF FF 17  | b pool_calloc_zero
        pool_calloc_over:
            C0 03 5F D6  | ret
        pool_aligned_alloc:
            EF 03 1E AA  | mov x15, x30
            91 FF FF 97  | bl pool_state
            FE 03 0F AA  | mov x30, x15
            49 0A 00 58  | ldr x9, pool_shared
            30 21 40 F9  | ldr x16, [x9, #64]
            2B 25 40 F9  | ldr x11, [x9, #72]
            5F 01 00 71  | cmp w10, #0
            10 02 8B 9A  | csel x16, x16, x11, eq
            00 02 1F D6  | br x16
        pool_realloc:
            A0 01 00 B4  | cbz x0, pool_realloc_new
            EF 03 1E AA  | mov x15, x30
            9D FF FF 97  | bl pool_mark
            F1 03 0A 2A  | mov w17, w10
            89 FF FF 97  | bl pool_state_of_thread
            FE 03 0F AA  | mov x30, x15
            31 01 00 34  | cbz w17, pool_realloc_c
            2B 09 40 F9  | ldr x11, [x9, #16]
            6B 0D 40 B9  | ldr w11, [x11, #12]
            4B 00 00 35  | cbnz w11, pool_realloc_managed
            AA EF FF 35  | cbnz w10, pool_null
        pool_realloc_managed:
            30 1D 40 F9  | ldr x16, [x9, #56]
            00 02 1F D6  | br x16
        pool_realloc_new:
            E0 03 01 AA  | mov x0, x1
            4E FF FF 17  | b pool_malloc
        pool_realloc_c:
            30 29 40 F9  | ldr x16, [x9, #80]
            00 02 1F D6  | br x16
        pool_usable_size:
            00 01 00 B4  | cbz x0, pool_usable_size_over
            EF 03 1E AA  | mov x15, x30
            8C FF FF 97  | bl pool_mark
            FE 03 0F AA  | mov x30, x15
            AA 00 00 34  | cbz w10, pool_usable_size_c
            60 01 40 F9  | ldr x0, [x11]
            40 00 00 B4  | cbz x0, pool_usable_size_over
            00 00 40 F9  | ldr x0, [x0]
        pool_usable_size_over:
            C0 03 5F D6  | ret
        pool_usable_size_c:
            49 06 00 58  | ldr x9, pool_shared
            30 31 40 F9  | ldr x16, [x9, #96]
            00 02 1F D6  | br x16
        pool_posix_memalign:
            E9 05 00 58  | ldr x9, pool_shared
            2A 45 40 F9  | ldr x10, [x9, #136]
            3F 00 0A EB  | cmp x1, x10
            61 01 00 54  | b.ne pool_posix_memalign_c
            E0 7B BF A9  | stp x0, x30, [sp, #-16]!
            E0 03 02 AA  | mov x0, x2
            39 FF FF 97  | bl pool_malloc
            E1 7B C1 A8  | ldp x1, x30, [sp], #16
            80 00 00 B4  | cbz x0, pool_posix_memalign_none
            20 00 00 F9  | str x0, [x1]
            E0 03 1F 2A  | mov w0, wzr
            C0 03 5F D6  | ret
        pool_posix_memalign_none:
            80 01 80 52  | mov w0, #12
            C0 03 5F D6  | ret
        pool_posix_memalign_c:
            30 41 40 F9  | ldr x16, [x9, #128]
            00 02 1F D6  | br x16
        numpy_malloc:
            E9 03 00 58  | ldr x9, pool_shared
            29 3D 40 F9  | ldr x9, [x9, #120]
            20 00 09 AB  | adds x0, x1, x9
            E2 EA FF 54  | b.hs pool_null
            2B FF FF 17  | b pool_malloc
        numpy_calloc:
            29 7C C2 9B  | umulh x9, x1, x2
            89 EA FF B5  | cbnz x9, pool_null
            21 7C 02 9B  | mul x1, x1, x2
            E9 02 00 58  | ldr x9, pool_shared
            29 3D 40 F9  | ldr x9, [x9, #120]
            20 00 09 AB  | adds x0, x1, x9
            E2 E9 FF 54  | b.hs pool_null
            21 00 80 52  | mov w1, #1
            AA FF FF 17  | b pool_calloc
        numpy_realloc:
            29 02 00 58  | ldr x9, pool_shared
            29 3D 40 F9  | ldr x9, [x9, #120]
            E0 03 01 AA  | mov x0, x1
            41 00 09 AB  | adds x1, x2, x9
            02 E9 FF 54  | b.hs pool_null
            C0 FF FF 17  | b pool_realloc
        numpy_free:
            E0 03 01 AA  | mov x0, x1
            6B FF FF 17  | b pool_free
        cache_ended:
            29 01 00 58  | ldr x9, pool_shared
            21 0D 40 F9  | ldr x1, [x9, #24]
            1F 00 01 EB  | cmp x0, x1
            60 00 00 54  | b.eq cache_ended_again
            2A 00 80 52  | mov w10, #1
            0A FC 0F B9  | str w10, [x0, #4092]
        cache_ended_again:
            20 71 40 B9  | ldr w0, [x9, #112]
            30 35 40 F9  | ldr x16, [x9, #104]
            00 02 1F D6  | br x16
                         | .p2align 3
        pool_shared:
            00 00 00 00 00 00 00 00| .quad 0
        page_map:
            00 00 00 00 00 00 00 00| .quad 0
        cache_slot:
            00 00 00 00 00 00 00 00| .quad 0
        cache_seq:
            00 00 00 00 00 00 00 00| .quad 0
        size_classes:
            00 00 00 00 00 00 00 00| .quad 0
        """;
}

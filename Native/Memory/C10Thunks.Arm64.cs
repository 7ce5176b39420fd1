namespace FugakuDnn.Native.Memory;

internal static unsafe partial class C10Thunks
{
    // AAPCS64 calling convention: x8 the DataPtr that is returned, x0 the object, x1 the bytes. See the listing for x86-64.
    internal const string Arm64Listing = """
        c10_block:
            FD 7B BF A9             | stp x29, x30, [sp, #-16]!
            F0 07 00 58             | ldr x16, pool_malloc
            00 02 3F D6             | blr x16
            A0 01 00 B4             | cbz x0, c10_block_over
            0B FC 60 D3             | lsr x11, x0, #32
            EC 07 00 58             | ldr x12, page_map
            8B 0D 0B 8B             | add x11, x12, x11, lsl #3
            6B 41 42 91             | add x11, x11, #144, lsl #12
            6B 01 40 F9             | ldr x11, [x11]
            6B 01 0C 8B             | add x11, x11, x12
            0C 7C 50 D3             | ubfx x12, x0, #16, #16
            6A 69 6C 38             | ldrb w10, [x11, x12]
            8A 00 00 35             | cbnz w10, c10_block_over
            B0 06 00 58             | ldr x16, pool_free
            00 02 3F D6             | blr x16
            E0 03 1F AA             | mov x0, xzr
        c10_block_over:
            FD 7B C1 A8             | ldp x29, x30, [sp], #16
            C0 03 5F D6             | ret
        c10_allocate:
            E1 01 00 B4             | cbz x1, c10_pass_on
            FD 7B BE A9             | stp x29, x30, [sp, #-32]!
            E8 07 01 A9             | stp x8, x1, [sp, #16]
            E0 03 01 AA             | mov x0, x1
            EA FF FF 97             | bl c10_block
            E8 07 41 A9             | ldp x8, x1, [sp, #16]
            FD 7B C2 A8             | ldp x29, x30, [sp], #32
            00 01 00 B4             | cbz x0, c10_pass_on
            0A 05 00 58             | ldr x10, pool_free
            00 29 00 A9             | stp x0, x10, [x8]
            0B E0 9F 52             | mov w11, #65280
            00 09 00 F9             | str x0, [x8, #16]
            0B 31 00 79             | strh w11, [x8, #24]
            E0 03 08 AA             | mov x0, x8
            C0 03 5F D6             | ret
        c10_pass_on:
            A0 04 00 58             | ldr x0, stock
            10 00 40 F9             | ldr x16, [x0]
            10 0A 40 F9             | ldr x16, [x16, #16]
            00 02 1F D6             | br x16
        c10_raw_deleter:
            40 00 00 10             | adr x0, c10_raw_free
            C0 03 5F D6             | ret
        c10_raw_free:
            0B FC 60 D3             | lsr x11, x0, #32
            10 04 00 58             | ldr x16, stock_free
            6C FD 50 D3             | lsr x12, x11, #16
            4C 01 00 B5             | cbnz x12, c10_raw_free_over
            2C 03 00 58             | ldr x12, page_map
            8B 0D 0B 8B             | add x11, x12, x11, lsl #3
            6B 41 42 91             | add x11, x11, #144, lsl #12
            6B 01 40 F9             | ldr x11, [x11]
            6B 01 0C 8B             | add x11, x11, x12
            0C 7C 50 D3             | ubfx x12, x0, #16, #16
            6A 69 6C 38             | ldrb w10, [x11, x12]
            4A 00 00 34             | cbz w10, c10_raw_free_over
            F0 01 00 58             | ldr x16, pool_free
        c10_raw_free_over:
            00 02 1F D6             | br x16
        c10_is_simple:
            29 00 40 F9             | ldr x9, [x1]
            2A 08 40 F9             | ldr x10, [x1, #16]
            3F 01 0A EB             | cmp x9, x10
            E0 17 9F 1A             | cset w0, eq
            C0 03 5F D6             | ret
        c10_copy_data:
            E0 03 01 AA             | mov x0, x1
            E1 03 02 AA             | mov x1, x2
            E2 03 03 AA             | mov x2, x3
            B0 01 00 58             | ldr x16, memcpy
            00 02 1F D6             | br x16
        c10_destroy:
            C0 03 5F D6             | ret
                                    | .p2align 3
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

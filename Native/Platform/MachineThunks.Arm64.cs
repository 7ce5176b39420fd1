namespace FugakuDnn.Native.Platform;

internal static unsafe partial class MachineThunks
{
    // AAPCS64 calling convention; only caller-saved registers are used. Slots are laid out as WorkerSlot says, the fork block as
    // ForkBlock. Left the machine code, right the assembly that llvm-mc turns into it (a test has it do so).
    internal const string Arm64Listing = """
        read_thread_pointer:
            40 D0 3B D5  | mrs x0, tpidr_el0
            C0 03 5F D6  | ret
        read_fp_control:
            00 44 3B D5  | mrs x0, fpcr
            C0 03 5F D6  | ret
        write_fp_control:
            00 44 1B D5  | msr fpcr, x0
            C0 03 5F D6  | ret
        worker_wait:
            E9 03 00 AA  | mov x9, x0
            EA 03 01 2A  | mov w10, w1
            EB 03 02 AA  | mov x11, x2
            2C 01 04 91  | add x12, x9, #256
            8A FD 9F 88  | stlr w10, [x12]
            BF 3B 03 D5  | dmb ish
            8D 05 40 B9  | ldr w13, [x12, #4]
            CD 00 00 34  | cbz w13, worker_announced
            E0 03 0C AA  | mov x0, x12
            21 10 80 52  | mov w1, #129
            22 00 80 52  | mov w2, #1
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
        worker_announced:
            4B 01 00 B4  | cbz x11, worker_sleep
            4D E0 3B D5  | mrs x13, cntvct_el0
            6B 01 0D 8B  | add x11, x11, x13
        worker_spin:
            20 FD DF 88  | ldar w0, [x9]
            1F 00 0A 6B  | cmp w0, w10
            41 02 00 54  | b.ne worker_go
            3F 20 03 D5  | yield
            4D E0 3B D5  | mrs x13, cntvct_el0
            BF 01 0B EB  | cmp x13, x11
            43 FF FF 54  | b.lo worker_spin
        worker_sleep:
            2D 00 80 52  | mov w13, #1
            2D 05 00 B9  | str w13, [x9, #4]
            BF 3B 03 D5  | dmb ish
        worker_sleeping:
            E0 03 09 AA  | mov x0, x9
            01 10 80 52  | mov w1, #128
            E2 03 0A 2A  | mov w2, w10
            E3 03 1F AA  | mov x3, xzr
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
            20 FD DF 88  | ldar w0, [x9]
            1F 00 0A 6B  | cmp w0, w10
            00 FF FF 54  | b.eq worker_sleeping
            3F 05 00 B9  | str wzr, [x9, #4]
        worker_go:
            C0 03 5F D6  | ret
        team_go:
            E9 03 00 AA  | mov x9, x0
            EA 03 01 2A  | mov w10, w1
            EB 03 02 2A  | mov w11, w2
        team_go_next:
            2B FD 9F 88  | stlr w11, [x9]
            BF 3B 03 D5  | dmb ish
            2D 05 40 B9  | ldr w13, [x9, #4]
            CD 00 00 34  | cbz w13, team_go_awake
            E0 03 09 AA  | mov x0, x9
            21 10 80 52  | mov w1, #129
            22 00 80 52  | mov w2, #1
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
        team_go_awake:
            29 01 08 91  | add x9, x9, #512
            4A 05 00 71  | subs w10, w10, #1
            A1 FE FF 54  | b.ne team_go_next
            C0 03 5F D6  | ret
        team_wait:
            09 00 04 91  | add x9, x0, #256
            EA 03 01 2A  | mov w10, w1
            EB 03 02 2A  | mov w11, w2
            4D E0 3B D5  | mrs x13, cntvct_el0
            6C 00 0D 8B  | add x12, x3, x13
        team_wait_next:
            2E FD DF 88  | ldar w14, [x9]
            DF 01 0B 6B  | cmp w14, w11
            40 02 00 54  | b.eq team_wait_done
            3F 20 03 D5  | yield
            4D E0 3B D5  | mrs x13, cntvct_el0
            BF 01 0C EB  | cmp x13, x12
            43 FF FF 54  | b.lo team_wait_next
            2D 00 80 52  | mov w13, #1
            2D 05 00 B9  | str w13, [x9, #4]
            BF 3B 03 D5  | dmb ish
        team_wait_sleeping:
            22 FD DF 88  | ldar w2, [x9]
            5F 00 0B 6B  | cmp w2, w11
            E0 00 00 54  | b.eq team_wait_woken
            E0 03 09 AA  | mov x0, x9
            01 10 80 52  | mov w1, #128
            E3 03 1F AA  | mov x3, xzr
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
            F8 FF FF 17  | b team_wait_sleeping
        team_wait_woken:
            3F 05 00 B9  | str wzr, [x9, #4]
        team_wait_done:
            29 01 08 91  | add x9, x9, #512
            4A 05 00 71  | subs w10, w10, #1
            41 FD FF 54  | b.ne team_wait_next
            C0 03 5F D6  | ret
        fork_parent:
            C9 06 00 58  | ldr x9, fork_block
            2A 09 40 B9  | ldr w10, [x9, #8]
            6A 01 00 34  | cbz w10, fork_parent_done
            5F 09 00 71  | cmp w10, #2
            41 00 00 54  | b.ne fork_parent_admit
            3F FD 9F 88  | stlr wzr, [x9]
        fork_parent_admit:
            3F 09 00 B9  | str wzr, [x9, #8]
            20 11 00 91  | add x0, x9, #4
            1F FC 9F 88  | stlr wzr, [x0]
            21 10 80 52  | mov w1, #129
            02 00 B0 12  | mov w2, #2147483647
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
        fork_parent_done:
            C0 03 5F D6  | ret
        fork_child:
            09 05 00 58  | ldr x9, fork_block
            2A 00 80 52  | mov w10, #1
            2A 01 00 B9  | str w10, [x9]
            3F 05 00 B9  | str wzr, [x9, #4]
            3F 09 00 B9  | str wzr, [x9, #8]
            2A 0D 00 B9  | str w10, [x9, #12]
            2A 2D 41 A9  | ldp x10, x11, [x9, #16]
            6A 00 00 B4  | cbz x10, fork_child_over
            4C D0 3B D5  | mrs x12, tpidr_el0
            8B 69 2A F8  | str x11, [x12, x10]
        fork_child_over:
            C0 03 5F D6  | ret
        fork_wait:
            A9 03 00 58  | ldr x9, fork_block
            29 11 00 91  | add x9, x9, #4
        fork_waiting:
            2A FD DF 88  | ldar w10, [x9]
            0A 01 00 34  | cbz w10, fork_over
            E0 03 09 AA  | mov x0, x9
            01 10 80 52  | mov w1, #128
            22 00 80 52  | mov w2, #1
            E3 03 1F AA  | mov x3, xzr
            48 0C 80 52  | mov w8, #98
            01 00 00 D4  | svc #0
            F8 FF FF 17  | b fork_waiting
        fork_over:
            C0 03 5F D6  | ret
        note_library:
            09 10 40 F9  | ldr x9, [x0, #32]
            49 04 00 F9  | str x9, [x2, #8]
            4A 00 40 F9  | ldr x10, [x2]
            3F 01 0A EB  | cmp x9, x10
            60 01 00 54  | b.eq note_library_enough
            09 04 40 F9  | ldr x9, [x0, #8]
            4A 2C 41 A9  | ldp x10, x11, [x2, #16]
        note_library_copy:
            5F 01 0B EB  | cmp x10, x11
            E2 00 00 54  | b.hs note_library_enough
            2C 15 40 38  | ldrb w12, [x9], #1
            4C 15 00 38  | strb w12, [x10], #1
            8C FF FF 35  | cbnz w12, note_library_copy
            4A 08 00 F9  | str x10, [x2, #16]
            E0 03 1F 2A  | mov w0, wzr
            C0 03 5F D6  | ret
        note_library_enough:
            20 00 80 52  | mov w0, #1
            C0 03 5F D6  | ret
                         | .p2align 3
        fork_block:
            00 00 00 00 00 00 00 00 | .quad 0
        """;
}

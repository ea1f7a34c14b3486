using System.Diagnostics;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Commands;

/// <summary>Fused Compare and Write: the order of its halves, its answers, and that nobody gets in between.</summary>
public sealed class CompareAndWriteTests
{
    private const int Capacity = 8 << 20;
    private const int Block = 4096;
    private const int Rounds = 1000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<TargetEngine> Engines => [TargetEngine.EventLoops, TargetEngine.EventLoopsWithoutRing, TargetEngine.Threads];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_write_is_done_when_the_compare_holds_and_only_then(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        foreach (var block in new[] { 512, 4096 })
        {
            var nsid = (await target.CreateAsync(Capacity, blockSize: block)).Nsid;
            foreach (var (blocks, digests, byR2T) in new[] { (1, false, false), (1, true, true), (64, true, false), (8, false, true) })
            {
                using var host = CommandHost.Open(target, digests: digests);
                var (old, next) = (Filled(blocks * block, 0), Filled(blocks * block, 7));
                host.Run(CommandHost.Range(NvmOpcode.Write, nsid, 9, blocks, old)).Code.ShouldBe(NvmeStatus.Success);

                Codes(host.Run(Fused(nsid, 9, blocks, old, next, byR2T))).ShouldBe([NvmeStatus.Success, NvmeStatus.Success]);
                host.Run(CommandHost.Range(NvmOpcode.Read, nsid, 9, blocks, toHost: next.Length)).Data.ShouldBe(next);
                Codes(host.Run(Fused(nsid, 9, blocks, old, old, byR2T))).ShouldBe([NvmeStatus.CompareFailure, NvmeStatus.FailedFused]);
                host.Run(CommandHost.Range(NvmOpcode.Read, nsid, 9, blocks, toHost: next.Length)).Data.ShouldBe(next);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Halves_that_do_not_fit_are_refused_and_write_nothing(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var nsid = (await target.CreateAsync(Capacity)).Nsid;
        using var host = CommandHost.Open(target, digests: true);
        var (zeroes, data) = (new byte[512], Filled(512, 5));
        var compare = CommandHost.Range(NvmOpcode.Compare, nsid, 3, 1, zeroes) with { Fuse = 1 };
        var write = CommandHost.Range(NvmOpcode.Write, nsid, 3, 1, data) with { Fuse = 2 };
        var read = CommandHost.Range(NvmOpcode.Read, nsid, 3, 1, toHost: 512);

        Codes(host.Run(write, read)).ShouldBe([NvmeStatus.MissingFused, NvmeStatus.Success]);
        Codes(host.Run(compare, read)).ShouldBe([NvmeStatus.MissingFused, NvmeStatus.Success]);
        Codes(host.Run(compare, read, write)).ShouldBe([NvmeStatus.MissingFused, NvmeStatus.Success, NvmeStatus.MissingFused]);
        Codes(host.Run(compare with { ByR2T = true }, read)).ShouldBe([NvmeStatus.MissingFused, NvmeStatus.Success]);
        Codes(host.Run(compare, compare, read)).ShouldBe([NvmeStatus.MissingFused, NvmeStatus.MissingFused, NvmeStatus.Success]);
        Codes(host.Run(compare, write with { Cdw10 = 4 })).ShouldBe([NvmeStatus.FailedFused, NvmeStatus.InvalidField]);
        Codes(host.Run(compare, write with { Opcode = NvmOpcode.Compare })).ShouldBe([NvmeStatus.FailedFused, NvmeStatus.InvalidField]);
        Codes(host.Run(compare with { Opcode = NvmOpcode.Read }, write)).ShouldBe([NvmeStatus.InvalidField, NvmeStatus.FailedFused]);
        Codes(host.Run(compare with { Nsid = 77 }, write)).ShouldBe([NvmeStatus.InvalidNamespace, NvmeStatus.FailedFused]);
        Codes(host.Run(compare, write with { SglLength = 0 })).ShouldBe([NvmeStatus.FailedFused, NvmeStatus.DataSglLengthInvalid]);
        Codes(host.Run([write with { Fuse = 3 }])).ShouldBe([NvmeStatus.InvalidField]);
        var many = Filled(65 * 512, 1);
        Codes(host.Run(Fused(nsid, 0, 65, many, many))).ShouldBe([NvmeStatus.AtomicWriteUnitExceeded, NvmeStatus.FailedFused]);
        host.Run(read).Data.ShouldBe(zeroes);

        await target.Target.GrantAsync(target.Target.ListNamespaces()[0].Uuid, RunningTarget.OtherHostNqn, Cancel);
        Codes(host.Run(compare, write)).ShouldBe([NvmeStatus.ReservationConflict, NvmeStatus.FailedFused]);
        await target.Target.GrantAsync(target.Target.ListNamespaces()[0].Uuid, null, Cancel);
        Codes(host.Run(compare, write)).ShouldBe([NvmeStatus.Success, NvmeStatus.Success]);
        host.Run(read).Data.ShouldBe(data);
    }

    [Fact]
    public async Task Identify_offers_it()
    {
        await using var target = await RunningTarget.StartAsync();
        using var admin = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        var controller = admin.Identify(0x01).Data;
        ReadUInt16LittleEndian(controller.AsSpan(522)).ShouldBe((ushort)1, "FUSES");
        ReadUInt16LittleEndian(controller.AsSpan(532)).ShouldBe((ushort)63, "ACWU, 0's based");
    }

    // Whatever the order of the two, the plain write's data must be there in the end: it either makes the compare fail or comes
    // last. A write between compare and write would be lost. The range is large, so that there is time to get in between.
    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_write_never_falls_between_compare_and_write(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 });
        var nsid = (await target.CreateAsync(Capacity, blockSize: Block)).Nsid;
        using var plain = CommandHost.Open(target);
        using var fused = CommandHost.Open(target, RunningTarget.OtherHostNqn);
        const int blocks = 64;
        const int spare = 1000;
        var current = Filled(blocks * Block, 0);
        var won = 0;
        var random = new Random(1);
        using var together = new Barrier(2);
        for (var round = 1; round <= Rounds; round++)
        {
            var (written, swapped) = (Filled(Block, 2L * round), Filled(current.Length, (2L * round) + 1));
            plain.Run(CommandHost.Range(NvmOpcode.Write, nsid, spare, 1, written)).Code.ShouldBe(NvmeStatus.Success);
            // By turns all kinds of commands that change blocks, each to something that was not there before.
            var (request, result) = (round % 4) switch
            {
                0 => (CommandHost.Range(NvmOpcode.WriteZeroes, nsid, blocks - 1, 1), new byte[Block]),
                1 => (CommandHost.Copy(nsid, blocks - 1, (spare, 1)), written),
                2 => (CommandHost.Range(NvmOpcode.Write, nsid, blocks - 1, 1, written) with { ByR2T = true }, written),
                _ => (CommandHost.Range(NvmOpcode.Write, nsid, blocks - 1, 1, written), written),
            };
            var delay = random.Next(600);
            var write = Task.Factory.StartNew(() =>
            {
                together.SignalAndWait(Cancel);
                for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalMicroseconds < delay;)
                {
                }

                return plain.Run(request);
            }, Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            together.SignalAndWait(Cancel);
            var answers = fused.Run(Fused(nsid, 0, blocks, current, swapped));
            (await write).Code.ShouldBe(NvmeStatus.Success);
            won += answers[1].Code == NvmeStatus.Success ? 1 : 0;
            var read = plain.Run(CommandHost.Range(NvmOpcode.Read, nsid, 0, blocks, toHost: current.Length)).Data;
            read.AsSpan(current.Length - Block).SequenceEqual(result).ShouldBeTrue($"round {round}: the other's answers were {answers[0].Code:x} and {answers[1].Code:x}");
            current = read;
        }

        TestContext.Current.SendDiagnosticMessage($"{engine}: the compare came first {won} times of {Rounds}");
        won.ShouldBeInRange(1, Rounds - 1);
    }

    // A lock as ESXi takes it, by several hosts on several queues, while others use the namespace, fence it and flush it.
    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_counter_that_many_hosts_raise_by_it_loses_nothing(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 });
        var created = await target.CreateAsync(Capacity);
        const int raises = 150;
        var stop = false;
        var counting = Enumerable.Range(0, 6).Select(number => Task.Factory.StartNew(() =>
        {
            using var host = CommandHost.Open(target, number % 2 == 0 ? RunningTarget.HostNqn : RunningTarget.OtherHostNqn);
            for (var done = 0; done < raises;)
            {
                var read = host.Run(CommandHost.Range(NvmOpcode.Read, created.Nsid, 40, 2, toHost: 1024)).Data;
                ReadInt64LittleEndian(read.AsSpan(512)).ShouldBe(ReadInt64LittleEndian(read), "the two blocks change together");
                var answers = host.Run(Fused(created.Nsid, 40, 2, read, Filled(1024, ReadInt64LittleEndian(read) + 1)));
                done += answers[1].Code == NvmeStatus.Success ? 1 : 0;
                answers[1].Code.ShouldBe(answers[0].Code == NvmeStatus.Success ? NvmeStatus.Success : NvmeStatus.FailedFused);
            }
        }, Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        var others = Task.Factory.StartNew(() =>
        {
            using var host = CommandHost.Open(target);
            while (!Volatile.Read(ref stop))
            {
                host.Run(
                    CommandHost.Range(NvmOpcode.Write, created.Nsid, 0, 32, new byte[32 * 512]), CommandHost.Range(NvmOpcode.Read, created.Nsid, 36, 8, toHost: 4096),
                    new IoRequest(NvmOpcode.Flush, created.Nsid), CommandHost.Deallocate(created.Nsid, (100, 50))).ShouldAllBe(a => a.Code == NvmeStatus.Success);
            }
        }, Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!Task.WhenAll(counting).IsCompleted)
        {
            await target.Target.GrantAsync(created.Uuid, null, Cancel).WaitAsync(TimeSpan.FromMinutes(1), Cancel); // waits for all commands, refuses none
            await Task.Delay(1, Cancel);
        }

        Volatile.Write(ref stop, true);
        await others;
        await Task.WhenAll(counting);
        using var last = CommandHost.Open(target);
        ReadInt64LittleEndian(last.Run(CommandHost.Range(NvmOpcode.Read, created.Nsid, 40, 1, toHost: 512)).Data).ShouldBe(6 * raises);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Hosts_that_vanish_in_the_middle_hold_nobody_up(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var created = await target.CreateAsync(Capacity);
        for (var round = 0; round < 40; round++)
        {
            var (admin, io) = ScriptedHost.OpenIoQueue(target);
            var first = ScriptedHost.Entry(NvmOpcode.Compare, 1, created.Nsid, SglDescriptor.Transport, 512);
            first[1] |= 1;
            var second = ScriptedHost.Entry(NvmOpcode.Write, 2, created.Nsid, SglDescriptor.InCapsule, 512);
            second[1] |= 2;
            io.SendCapsule(first, default);
            if (round % 2 == 0)
            {
                io.SendCapsule(second, Filled(512, 1));
            }

            if (round % 4 < 2)
            {
                var r2t = R2T.Read(io.Receive());
                io.Send(io.Data(new H2CData(1, r2t.TransferTag, 0, 512), new byte[512], last: true));
            }

            io.Dispose();
            admin.Dispose();
        }

        using var host = CommandHost.Open(target);
        var now = host.Run(CommandHost.Range(NvmOpcode.Read, created.Nsid, 0, 1, toHost: 512)).Data;
        Codes(host.Run(Fused(created.Nsid, 0, 1, now, Filled(512, 2)))).ShouldBe([NvmeStatus.Success, NvmeStatus.Success]);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel).WaitAsync(TimeSpan.FromMinutes(1), Cancel);
    }

    private static IoRequest[] Fused(uint nsid, long slba, int blocks, byte[] old, byte[] next, bool byR2T = false) =>
    [
        CommandHost.Range(NvmOpcode.Compare, nsid, slba, blocks, old) with { Fuse = 1, ByR2T = byR2T },
        CommandHost.Range(NvmOpcode.Write, nsid, slba, blocks, next) with { Fuse = 2 },
    ];

    private static int[] Codes(IoAnswer[] answers) => [.. answers.Select(a => a.Code)];

    private static byte[] Filled(int length, long value)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length; at += 8)
        {
            WriteInt64LittleEndian(bytes.AsSpan(at), value);
        }

        return bytes;
    }
}

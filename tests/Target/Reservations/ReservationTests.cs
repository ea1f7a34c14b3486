using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using Migrate.Target.Tests.Commands;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Reservations;

/// <summary>What reservations do beside their rules: every command of the host, notices, restarts, commands under way.</summary>
public sealed class ReservationTests
{
    private const int Conflict = NvmeStatus.ReservationConflict;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_command_of_a_host_without_rights_is_refused_as_its_kind_is()
    {
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(1 << 20)).Nsid;
        using var holder = ReservationHost.Open(target, nsid, 1);
        using var other = ReservationHost.Open(target, nsid, 2);
        var block = new byte[512];
        IoRequest[] reads =
        [
            CommandHost.Range(NvmOpcode.Read, nsid, 0, 1, toHost: 512), CommandHost.Range(NvmOpcode.Read, nsid, 0, 1, toHost: 512, flags: 1 << 30),
            CommandHost.Range(NvmOpcode.Compare, nsid, 0, 1, block), CommandHost.Range(NvmOpcode.Verify, nsid, 0, 1),
        ];
        IoRequest[] writes =
        [
            CommandHost.Range(NvmOpcode.Write, nsid, 0, 1, block), CommandHost.Range(NvmOpcode.Write, nsid, 0, 1, block) with { ByR2T = true },
            CommandHost.Range(NvmOpcode.WriteZeroes, nsid, 0, 1), CommandHost.Deallocate(nsid, (0, 1)), CommandHost.Copy(nsid, 8, (0, 1)),
            new IoRequest(NvmOpcode.Flush, nsid),
        ];
        holder.Register(1).ShouldBe(0);
        foreach (var (type, readsAreRefused) in new[] { (1, false), (2, true), (3, false), (4, true), (5, false), (6, true) })
        {
            holder.Acquire(1, type).ShouldBe(0);
            reads.Select(r => other.Queue.Run(r).Code).ShouldAllBe(c => c == (readsAreRefused ? Conflict : 0), $"type {type}");
            writes.Select(r => other.Queue.Run(r).Code).ShouldAllBe(c => c == Conflict, $"type {type}");
            reads.Concat(writes).Select(r => holder.Queue.Run(r).Code).ShouldAllBe(c => c == 0, $"type {type}");
            var fused = other.Queue.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 0, 1, block) with { Fuse = 1 }, CommandHost.Range(NvmOpcode.Write, nsid, 0, 1, block) with { Fuse = 2 });
            fused.Select(a => a.Code).ShouldBe([Conflict, NvmeStatus.FailedFused]);
            holder.Release(1, type).ShouldBe(0);
        }

        other.Queue.Run(new IoRequest(NvmOpcode.ReservationReport, nsid, 1023, 0, 0, null, 4096)).Code.ShouldBe(NvmeStatus.HostIdentifierFormat);
        other.Queue.Run(new IoRequest(NvmOpcode.ReservationReport, nsid, 14, 1, 0, null, 60)).Code.ShouldBe(NvmeStatus.InvalidField);
        other.Report(64).Count.ShouldBe(1, "the count is told when there is no room for the entries");
    }

    [Fact]
    public async Task Hosts_are_told_what_others_did_to_them_unless_they_mask_it()
    {
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(1 << 20)).Nsid;
        using var first = ReservationHost.Open(target, nsid, 1);
        using var second = ReservationHost.Open(target, nsid, 2);
        using var third = ReservationHost.Open(target, nsid, 3);
        first.Register(1).ShouldBe(0);
        second.Register(2).ShouldBe(0);
        third.Register(3).ShouldBe(0);
        third.Queue.Admin.SetFeature(0x82, 1 << 2, nsid).Status.ShouldBe(NvmeStatus.Success);
        third.Queue.Admin.GetFeature(0x82, nsid).Result.ShouldBe(4u);
        third.Queue.Admin.SetFeature(0x82, 1, nsid).Status.ShouldBe((ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry));
        second.Queue.Admin.AskForEvent(77);

        first.Acquire(1, 3).ShouldBe(0);
        first.Release(1, 3).ShouldBe(0);
        var completion = second.Queue.Admin.ReceiveCompletion();
        (completion.CommandId, completion.Result).ShouldBe(((ushort)77, 0x80_0006ul));
        first.Acquire(1, 1, action: 2, preempted: 2).ShouldBe(0);
        second.NextNotice().ShouldBe((2, 1, nsid), "released");
        second.NextNotice().ShouldBe((1, 0, nsid), "registration preempted");
        second.NextNotice().ShouldBe((0, 0, 0u));
        third.NextNotice().ShouldBe((0, 0, 0u), "masked");
        first.Release(1, 0, action: 1).ShouldBe(0);
        third.NextNotice().ShouldBe((3, 0, nsid), "cleared");
        first.NextNotice().ShouldBe((0, 0, 0u), "its own doing");
    }

    [Fact]
    public async Task What_is_to_persist_is_there_after_a_restart_and_goes_with_its_namespace()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-reservations-").FullName;
        try
        {
            var (kept, passing) = (Guid.NewGuid(), Guid.NewGuid());
            await using (var target = await RunningTarget.StartAsync(directory))
            {
                using var host = ReservationHost.Open(target, (await target.CreateAsync(1 << 20, kept)).Nsid, 1);
                host.Register(9, persistence: 3).ShouldBe(0);
                host.Acquire(9, 1).ShouldBe(0);
                using var volatileHost = ReservationHost.Open(target, (await target.CreateAsync(1 << 20, passing)).Nsid, 1);
                volatileHost.Register(9).ShouldBe(0);
                volatileHost.Acquire(9, 1).ShouldBe(0);
                host.Queue.Admin.GetFeature(0x83, target.Target.FindNamespace(kept)!.Nsid).Result.ShouldBe(1u);
            }

            await using (var target = await RunningTarget.StartAsync(directory))
            {
                var nsid = target.Target.FindNamespace(kept)!.Nsid;
                using var other = ReservationHost.Open(target, nsid, 2);
                other.Write().ShouldBe(Conflict);
                var entry = other.Report().Entries.ShouldHaveSingleItem();
                (entry.ControllerId, entry.Key, entry.Holds).ShouldBe(((ushort)0xFFFF, 9ul, true), "its host is not connected");
                using var elsewhere = ReservationHost.Open(target, target.Target.FindNamespace(passing)!.Nsid, 3);
                elsewhere.Write().ShouldBe(0);
                await target.Target.DeleteNamespaceAsync(kept, deleteBacking: true, Cancel);
                using var onNew = ReservationHost.Open(target, (await target.CreateAsync(1 << 20, kept)).Nsid, 4);
                onNew.Write().ShouldBe(0);
                onNew.Report().Count.ShouldBe(0);
            }

            await File.WriteAllTextAsync(Path.Combine(directory, "reservations.json"), "{ \"version\": 1 ", Cancel);
            (await Should.ThrowAsync<TargetException>(() => RunningTarget.StartAsync(directory))).Code.ShouldBe("target.reservations-damaged");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // A host that was preempted may not have the last word, whatever it had under way.
    [Theory]
    [InlineData(TargetEngine.EventLoops)]
    [InlineData(TargetEngine.EventLoopsWithoutRing)]
    [InlineData(TargetEngine.Threads)]
    public async Task Nothing_of_a_preempted_host_is_written_after_the_answer(TargetEngine engine)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 });
        var nsid = (await target.CreateAsync(4 << 20)).Nsid;
        using var winner = ReservationHost.Open(target, nsid, 1);
        using var loser = ReservationHost.Open(target, nsid, 2);
        winner.Register(1).ShouldBe(0);
        var (old, mine) = (Enumerable.Repeat((byte)0xAA, 64 * 1024).ToArray(), Enumerable.Repeat((byte)0xBB, 64 * 1024).ToArray());
        for (var round = 0; round < 30; round++)
        {
            loser.Register(2).ShouldBe(0);
            loser.Acquire(2, 4).ShouldBe(0);
            var writing = Task.Factory.StartNew(() =>
            {
                while (loser.Queue.Run([.. Enumerable.Range(0, 8).Select(_ => CommandHost.Range(NvmOpcode.Write, nsid, 0, 128, old))]).All(a => a.Code == 0))
                {
                }
            }, Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await Task.Delay(3, Cancel);
            winner.Acquire(1, 2, action: 2, preempted: 2).ShouldBe(0);
            winner.Queue.Run(CommandHost.Range(NvmOpcode.Write, nsid, 0, 128, mine)).Code.ShouldBe(0);
            await writing;
            winner.Queue.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 0, 128, mine)).Code.ShouldBe(0, $"round {round}");
            winner.Release(1, 2).ShouldBe(0);
        }
    }

    [Fact]
    public async Task The_fence_and_reservations_do_not_know_of_each_other()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        using var granted = ReservationHost.Open(target, created.Nsid, 1);
        using var other = ReservationHost.Open(target, created.Nsid, 2);
        other.Register(2).ShouldBe(0);
        await target.Target.GrantAsync(created.Uuid, "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-000000000001", Cancel);
        other.Acquire(2, 2).ShouldBe(Conflict, "a host that is fenced off takes nothing from the one that is granted");
        granted.Write().ShouldBe(0);
        await target.Target.GrantAsync(created.Uuid, null, Cancel);
        other.Acquire(2, 2).ShouldBe(0);
        await target.Target.GrantAsync(created.Uuid, "nqn.2014-08.org.nvmexpress:uuid:7c3f1c4e-0000-4000-8000-000000000001", Cancel);
        granted.Write().ShouldBe(Conflict, "a grant does not break a reservation");
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        granted.Write().ShouldBe(Conflict, "the reservation is still there");
    }

    [Fact]
    public async Task Identify_offers_all_of_it()
    {
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(1 << 20)).Nsid;
        using var admin = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        (ReadUInt16LittleEndian(admin.Identify(0x01).Data.AsSpan(520)) & 0x20).ShouldBe(0x20, "ONCS");
        admin.Identify(0x00, nsid).Data[31].ShouldBe((byte)0xFF, "RESCAP");
        admin.Identify(0x08, nsid).Data[2].ShouldBe((byte)0xFF, "RESCAP of the independent structure");
        admin.GetLogPage(0, 1024).Data[0x80 * 4].ShouldBe((byte)1);
    }
}

using System.Net;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Admin;

/// <summary>Asymmetric namespace access: two ports of one target that lead to the same namespaces differently well.</summary>
public sealed class AnaTests
{
    private const ushort SecondPort = 10;
    private const byte AnaLogPage = 0x0C;
    private const uint AnaNotice = 0x0C0302;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<RunningTarget> StartAsync() =>
        RunningTarget.StartAsync(change: o => o with { MorePorts = [new PortSpec(SecondPort, IPAddress.Loopback, 0)] });

    [Theory]
    [InlineData(AnaState.Inaccessible, NvmeStatus.AnaInaccessible)]
    [InlineData(AnaState.PersistentLoss, NvmeStatus.AnaPersistentLoss)]
    [InlineData(AnaState.Change, NvmeStatus.AnaTransition)]
    [InlineData(AnaState.NonOptimized, NvmeStatus.Success)]
    public async Task Commands_by_a_port_are_answered_as_its_state_says_and_those_by_the_other_port_are_not_touched(AnaState state, int status)
    {
        await using var target = await StartAsync();
        var member = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20) { AnaGroup = 2 }, Cancel);
        var other = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        var (secondAdmin, secondIo) = ScriptedHost.OpenIoQueue(target, endPoint: target.Target.ListPorts().Single(p => p.Id == SecondPort).EndPoint);
        using var guards = new Guards(admin, io, secondAdmin, secondIo);

        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 2, state, Cancel);

        ((int)Flush(io, member.Nsid)).ShouldBe(status, "and without \"do not retry\", which would keep Linux from taking the other path");
        Flush(io, other.Nsid).ShouldBe(NvmeStatus.Success);
        Flush(secondIo, member.Nsid).ShouldBe(NvmeStatus.Success);
        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 2, AnaState.Optimized, Cancel);
        Flush(io, member.Nsid).ShouldBe(NvmeStatus.Success);
    }

    [Fact]
    public async Task Hosts_of_the_port_are_told_and_read_state_members_and_change_counts()
    {
        await using var target = await StartAsync();
        var first = await target.CreateAsync(1 << 20);
        var second = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20) { AnaGroup = 2 }, Cancel);
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        using var elsewhere = ScriptedHost.OpenAdmin(target.Target.ListPorts().Single(p => p.Id == SecondPort).EndPoint, target.Target.SubsystemNqn);
        var controller = host.Identify(1).Data;
        (controller[76] & 8).ShouldBe(8, "CMIC: ANA reporting");
        (ReadUInt32LittleEndian(controller.AsSpan(92)) & (1u << 11)).ShouldNotBe(0u, "OAES: ANA change");
        ReadUInt32LittleEndian(host.Identify(0, second.Nsid).Data.AsSpan(92)).ShouldBe(2u, "ANAGRPID");
        host.SetFeature(0x0B, 1u << 11).Status.ShouldBe(NvmeStatus.Success);
        elsewhere.SetFeature(0x0B, 1u << 11).Status.ShouldBe(NvmeStatus.Success);
        var before = host.GetLogPage(AnaLogPage, 4096).Data;
        ReadUInt16LittleEndian(before.AsSpan(8)).ShouldBe((ushort)2, "groups");
        host.AskForEvent(100);
        elsewhere.AskForEvent(100);

        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 2, AnaState.Inaccessible, Cancel);

        var notice = host.ReceiveCompletion();
        (notice.CommandId, notice.Result).ShouldBe(((ushort)100, (ulong)AnaNotice));
        var after = host.GetLogPage(AnaLogPage, 4096).Data;
        Group(after, 0).ShouldBe((1u, (byte)AnaState.Optimized, $"{first.Nsid}"));
        Group(after, 1).ShouldBe((2u, (byte)AnaState.Inaccessible, $"{second.Nsid}"));
        ReadUInt64LittleEndian(after).ShouldBe(ReadUInt64LittleEndian(before) + 1, "CHGCNT");
        var groupsOnly = host.GetLogPage(AnaLogPage, 4096, specific: 1).Data;
        ReadUInt32LittleEndian(groupsOnly.AsSpan(16 + 4)).ShouldBe(0u, "NNSIDS with RGO");
        Group(elsewhere.GetLogPage(AnaLogPage, 4096).Data, 1).State.ShouldBe((byte)AnaState.Optimized);

        // The page is read: the next change is told again.
        host.AskForEvent(101);
        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 2, AnaState.Optimized, Cancel);
        host.ReceiveCompletion().CommandId.ShouldBe((ushort)101);
    }

    [Fact]
    public async Task A_write_that_waits_for_its_data_when_the_path_goes_does_not_get_through_after_it()
    {
        await using var target = await StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var guards = new Guards(admin, io);
        var entry = ScriptedHost.Entry(NvmOpcode.Write, 5, created.Nsid, SglDescriptor.Transport, 32768);
        entry[48] = 63;
        io.SendCapsule(entry, default);
        var r2t = R2T.Read(io.Receive());

        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 1, AnaState.Inaccessible, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        io.Send(io.Data(new H2CData(5, r2t.TransferTag, 0, 32768), Enumerable.Repeat((byte)1, 32768).ToArray(), last: true));

        io.ReceiveCompletion().Status.ShouldBe(NvmeStatus.AnaInaccessible);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        (await File.ReadAllBytesAsync(created.BackingPath, Cancel)).ShouldAllBe(b => b == 0);
    }

    [Fact]
    public async Task A_state_that_cannot_be_is_refused()
    {
        await using var target = await StartAsync();
        foreach (var (port, group, state) in new[] { ((ushort)3, 1u, AnaState.Optimized), ((ushort)1, 0u, AnaState.Optimized), ((ushort)1, 33u, AnaState.Optimized), ((ushort)1, 1u, (AnaState)9) })
        {
            (await Should.ThrowAsync<TargetException>(() => target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, port, group, state, Cancel))).Code.ShouldBe("target.invalid-ana");
        }
    }

    private static ushort Flush(ScriptedHost io, uint nsid) => io.Execute(ScriptedHost.Entry(NvmOpcode.Flush, 30, nsid)).Completion.Status;

    private static (uint Id, byte State, string Members) Group(byte[] page, int index)
    {
        var at = 16;
        for (var skipped = 0; skipped < index; skipped++)
        {
            at += 32 + (4 * (int)ReadUInt32LittleEndian(page.AsSpan(at + 4)));
        }

        var members = Enumerable.Range(0, (int)ReadUInt32LittleEndian(page.AsSpan(at + 4))).Select(i => ReadUInt32LittleEndian(page.AsSpan(at + 32 + (4 * i))));
        return (ReadUInt32LittleEndian(page.AsSpan(at)), page[at + 16], string.Join(' ', members));
    }

    private sealed class Guards(params IDisposable[] all) : IDisposable
    {
        public void Dispose() => Array.ForEach(all, a => a.Dispose());
    }
}

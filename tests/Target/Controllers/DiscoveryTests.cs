using System.Net;
using System.Text;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Controllers;

public sealed class DiscoveryTests
{
    private const string Other = "nqn.2026-01.org.migrate:other";
    private const byte DiscoveryLogPage = 0x70;
    private const ulong DiscoveryNotice = 0x70F002;
    private const ushort SecondPort = 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record Entry(byte Subtype, ushort Port, string Service, string Nqn, string Address);

    [Fact]
    public async Task Each_host_sees_the_subsystems_that_it_may_use_by_the_ports_that_offer_them()
    {
        await using var target = await StartAsync();
        await target.Target.PutSubsystemAsync(new SubsystemSpec(Other) { AllowedHosts = [RunningTarget.HostNqn], Ports = [SecondPort] }, Cancel);
        var ports = target.Target.ListPorts();
        var main = ports.Single(p => p.Id == 1).EndPoint;
        var discovery = target.Target.DiscoveryEndPoint!;
        var second = ports.Single(p => p.Id == SecondPort).EndPoint;
        using var asking = ScriptedHost.OpenAdmin(discovery, Nqn.Discovery);
        using var stranger = ScriptedHost.OpenAdmin(main, Nqn.Discovery, RunningTarget.OtherHostNqn);

        Read(asking).Entries.ShouldBe(
        [
            new Entry(3, 2, $"{discovery.Port}", Nqn.Discovery, "127.0.0.1"),
            new Entry(2, 1, $"{main.Port}", target.Target.SubsystemNqn, "127.0.0.1"),
            new Entry(2, SecondPort, $"{second.Port}", target.Target.SubsystemNqn, "127.0.0.1"),
            new Entry(2, SecondPort, $"{second.Port}", Other, "127.0.0.1"),
        ], ignoreOrder: true);
        Read(stranger).Entries.Select(e => e.Nqn).ShouldNotContain(Other);

        // What the log does not offer cannot be had either.
        Refused(discovery, target.Target.SubsystemNqn).ShouldBe(NvmeStatus.ConnectInvalidParameters | NvmeStatus.DoNotRetry);
        Refused(main, Other).ShouldBe(NvmeStatus.ConnectInvalidParameters | NvmeStatus.DoNotRetry);
        Refused(second, Other).ShouldBe(NvmeStatus.Success);
    }

    [Fact]
    public async Task Changes_grow_the_generation_are_told_once_per_reading_and_do_not_mix_into_a_log_that_is_being_read()
    {
        await using var target = await StartAsync();
        using var asking = ScriptedHost.OpenAdmin(target.Target.DiscoveryEndPoint!, Nqn.Discovery);
        var controller = asking.Identify(1).Data;
        ReadUInt32LittleEndian(controller.AsSpan(92)).ShouldBe(1u << 31, "OAES: discovery log page change");
        ReadUInt16LittleEndian(controller.AsSpan(320)).ShouldNotBe((ushort)0, "KAS: the connection may last");
        controller[111].ShouldBe((byte)2, "CNTRLTYPE");
        asking.SetFeature(0x0B, 1u << 31).Status.ShouldBe(NvmeStatus.Success);
        var before = Read(asking);
        var start = asking.GetLogPage(DiscoveryLogPage, 1024).Data;
        asking.AskForEvent(100);

        await target.Target.PutSubsystemAsync(new SubsystemSpec(Other) { AllowAnyHost = true }, Cancel);
        await target.Target.AllowHostAsync(Other, RunningTarget.HostNqn, Cancel);

        var notice = asking.ReceiveCompletion();
        (notice.CommandId, notice.Result).ShouldBe(((ushort)100, DiscoveryNotice));
        var rest = asking.GetLogPage(DiscoveryLogPage, 1024 * before.Entries.Count, offset: 1024).Data;
        EntriesOf([.. start, .. rest]).ShouldBe(before.Entries, "the part belongs to the log whose start was read before");
        var after = Read(asking);
        after.Generation.ShouldBe(before.Generation + 2);
        after.Entries.Count(e => e.Nqn == Other).ShouldBe(2);
        asking.AskForEvent(101);
        await target.Target.DeleteSubsystemAsync(Other, Cancel);
        asking.ReceiveCompletion().CommandId.ShouldBe((ushort)101);
        Read(asking).Entries.ShouldBe(before.Entries);
    }

    private static Task<RunningTarget> StartAsync() => RunningTarget.StartAsync(
        change: o => o with { DiscoveryPort = 0, MorePorts = [new PortSpec(SecondPort, IPAddress.Loopback, 0)] });

    private static int Refused(IPEndPoint endPoint, string nqn)
    {
        using var host = new ScriptedHost(endPoint);
        host.Initialize();
        return host.Connect(nqn).Status;
    }

    private static (ulong Generation, List<Entry> Entries) Read(ScriptedHost asking)
    {
        var page = asking.GetLogPage(DiscoveryLogPage, 16 * 1024).Data;
        return (ReadUInt64LittleEndian(page), EntriesOf(page));
    }

    private static List<Entry> EntriesOf(byte[] page) =>
        [.. Enumerable.Range(1, (int)ReadUInt64LittleEndian(page.AsSpan(8))).Select(n => EntryOf(page.AsSpan(n * 1024, 1024)))];

    private static Entry EntryOf(ReadOnlySpan<byte> record)
    {
        record[0].ShouldBe((byte)3, "TRTYPE TCP");
        record[1].ShouldBe((byte)1, "ADRFAM IPv4");
        return new Entry(record[2], ReadUInt16LittleEndian(record[4..]), Text(record.Slice(32, 32)), Text(record.Slice(256, 256)), Text(record.Slice(512, 256)));
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.ASCII.GetString(field).TrimEnd('\0', ' ');
}

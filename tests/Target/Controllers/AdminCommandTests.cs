using System.Text;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Controllers;

/// <summary>What hosts ask a controller about, field by field where a host would stumble.</summary>
public sealed class AdminCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Namespaces_are_listed_and_described_whether_online_or_not_as_each_structure_wants()
    {
        await using var target = await RunningTarget.StartAsync();
        var online = await target.CreateAsync(4 << 20, blockSize: 4096);
        var offline = await target.CreateAsync(1 << 20);
        await target.Target.TakeOfflineAsync(offline.Uuid, Cancel);
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);

        List(host.Identify(0x02).Data).ShouldBe([online.Nsid], "active");
        List(host.Identify(0x10).Data).ShouldBe([online.Nsid, offline.Nsid], "allocated");
        List(host.Identify(0x10, nsid: online.Nsid).Data).ShouldBe([offline.Nsid], "beginning behind the one given");
        Blocks(host.Identify(0x00, online.Nsid)).ShouldBe(1024ul);
        Blocks(host.Identify(0x00, offline.Nsid)).ShouldBe(0ul, "an inactive namespace is all zero");
        Blocks(host.Identify(0x11, offline.Nsid)).ShouldBe(2048ul);
        Blocks(host.Identify(0x11, 1000)).ShouldBe(0ul, "an NSID that is not allocated");
        host.Identify(0x03, online.Nsid).Data.AsSpan(4, 16).ToArray().ShouldBe(online.Uuid.ToByteArray(bigEndian: true), "NGUID comes first");
        foreach (var (cns, nsid) in new (byte, uint)[] { (0x03, offline.Nsid), (0x05, offline.Nsid), (0x08, offline.Nsid), (0x12, offline.Nsid), (0x00, 0), (0x11, 0), (0x00, 1025), (0x11, uint.MaxValue) })
        {
            host.Identify(cns, nsid).Completion.Status.ShouldBe((ushort)(NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry), $"CNS {cns:x2} of {nsid}");
        }

        static ulong Blocks((CompletionEntry Completion, byte[] Data) answer)
        {
            answer.Completion.Status.ShouldBe(NvmeStatus.Success);
            return ReadUInt64LittleEndian(answer.Data);
        }
    }

    [Fact]
    public async Task Controllers_of_the_subsystem_are_listed_and_those_of_others_are_not()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        using var discovery = ScriptedHost.OpenAdmin(target.Target.EndPoint, Nqn.Discovery);
        using var first = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        using var second = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn, RunningTarget.OtherHostNqn);
        var ids = new[] { Id(first), Id(second) };

        foreach (var (cns, nsid) in new (byte, uint)[] { (0x13, 0), (0x12, created.Nsid) })
        {
            var data = first.Identify(cns, nsid).Data;
            Enumerable.Range(0, ReadUInt16LittleEndian(data)).Select(i => ReadUInt16LittleEndian(data.AsSpan(2 + (i * 2)))).ShouldBe(ids, $"CNS {cns:x2}");
        }

        ReadUInt16LittleEndian(first.Identify(0x13, controller: (ushort)(ids.Max() + 1)).Data).ShouldBe((ushort)0);

        static ushort Id(ScriptedHost host) => ReadUInt16LittleEndian(host.Identify(0x01).Data.AsSpan(78));
    }

    [Fact]
    public async Task A_controller_says_what_Linux_insists_on()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        var data = host.Identify(0x01).Data;

        ReadUInt16LittleEndian(data.AsSpan(320)).ShouldBeGreaterThan((ushort)0, "KAS");
        (data[512], data[513]).ShouldBe(((byte)0x66, (byte)0x44), "SQES, CQES");
        ReadUInt32LittleEndian(data.AsSpan(1792)).ShouldBeGreaterThanOrEqualTo(4u, "IOCCSZ");
        ReadUInt32LittleEndian(data.AsSpan(1796)).ShouldBeGreaterThanOrEqualTo(1u, "IORCSZ");
        ReadUInt16LittleEndian(data.AsSpan(1800)).ShouldBe((ushort)0, "ICDOFF");
        (ReadUInt32LittleEndian(data.AsSpan(536)) & 3).ShouldNotBe(0u, "SGLS");
        Encoding.UTF8.GetString(data, 768, 256).TrimEnd('\0').ShouldBe(target.Target.SubsystemNqn);
        var (namespaces, most) = (ReadUInt32LittleEndian(data.AsSpan(516)), ReadUInt32LittleEndian(data.AsSpan(540)));
        most.ShouldBeInRange(1u, namespaces, "MNAN within NN: with ANA, Linux wants to know");
        var (groups, identifiers) = (ReadUInt32LittleEndian(data.AsSpan(344)), ReadUInt32LittleEndian(data.AsSpan(348)));
        (groups, identifiers).ShouldBe((32u, 32u), "ANAGRPMAX, NANAGRPID");
        (16 + (identifiers * 32) + (most * 4)).ShouldBeLessThanOrEqualTo(4096u << data[77], "Linux reads the largest ANA log in one command (MDTS)");
        data[342].ShouldBeGreaterThan((byte)0, "ANATT");
    }

    [Fact]
    public async Task Every_log_page_that_is_named_as_supported_can_be_read_whole_and_in_part_and_no_other()
    {
        await using var target = await RunningTarget.StartAsync();
        await target.CreateAsync(1 << 20);
        using var io = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        using var discovery = ScriptedHost.OpenAdmin(target.Target.EndPoint, Nqn.Discovery);
        Check(io, [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0C, 0x12]);
        Check(discovery, [0x00, 0x01, 0x70]);

        static void Check(ScriptedHost host, byte[] least)
        {
            var supported = host.GetLogPage(0x00, 1024).Data;
            var pages = Enumerable.Range(0, 256).Where(i => (supported[i * 4] & 1) != 0).Select(i => (byte)i).ToList();
            least.ShouldBeSubsetOf(pages);
            for (var page = 0; page < 256; page++)
            {
                var (completion, whole) = host.GetLogPage((byte)page, 4096, retain: true);
                if (!pages.Contains((byte)page))
                {
                    completion.Status.ShouldBe((ushort)(NvmeStatus.InvalidLogPage | NvmeStatus.DoNotRetry), $"page {page:x2}");
                    continue;
                }

                completion.Status.ShouldBe(NvmeStatus.Success, $"page {page:x2}");
                if (page != 0x01) // each refusal above is a new entry in the error log
                {
                    host.GetLogPage((byte)page, 32, offset: 16, retain: true).Data.ShouldBe(whole.AsSpan(16, 32).ToArray(), $"page {page:x2}");
                }

                host.GetLogPage((byte)page, 32, offset: 3, retain: true).Completion.Status.ShouldBe((ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry));
            }
        }
    }

    [Fact]
    public async Task Every_feature_that_is_named_as_supported_can_be_got_and_no_other()
    {
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(1 << 20)).Nsid;
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        var effects = host.GetLogPage(0x12, 1024).Data;
        var features = Enumerable.Range(0, 256).Where(i => (effects[i * 4] & 1) != 0).Select(i => (byte)i).ToList();
        new byte[] { 0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0F, 0x81, 0x82, 0x83 }.ShouldBeSubsetOf(features);
        for (var feature = 0; feature < 256; feature++)
        {
            for (var select = 0; select < 4; select++)
            {
                var entry = ScriptedHost.Entry(AdminOpcode.GetFeatures, 9, nsid, length: 4096);
                WriteUInt32LittleEndian(entry.AsSpan(40), (uint)(feature | (select << 8)));
                var expected = features.Contains((byte)feature) ? NvmeStatus.Success : NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
                ((int)host.Execute(entry).Completion.Status).ShouldBe(expected, $"feature {feature:x2}, select {select}");
            }
        }
    }

    [Fact]
    public async Task Effects_name_the_commands_that_are_there_and_nothing_that_Linux_complains_of()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        var page = host.GetLogPage(0x05, 4096).Data;

        Entry(AdminOpcode.Identify).ShouldBe(1u);
        Entry(256 + NvmOpcode.Read).ShouldBe(1u);
        Entry(256 + NvmOpcode.Write).ShouldBe(3u, "it changes content");
        Entry(0x80).ShouldBe(0u, "Format NVM is not there");
        Enumerable.Range(256, 256).Select(Entry).ShouldAllBe(effects => (effects & ~3u) == 0, "Linux calls more unusual");

        uint Entry(int opcode) => ReadUInt32LittleEndian(page.AsSpan(opcode * 4));
    }

    private static List<uint> List(byte[] data) =>
        [.. Enumerable.Range(0, data.Length / 4).Select(i => ReadUInt32LittleEndian(data.AsSpan(i * 4))).TakeWhile(n => n != 0)];
}

using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Commands;

/// <summary>Compare, Verify and Copy: what they do and what they refuse, on blocks of both sizes and on every engine.</summary>
public sealed class CompareVerifyCopyTests
{
    private const int Capacity = 96 << 20;

    public static TheoryData<TargetEngine, int> Engines => new()
    {
        { TargetEngine.EventLoops, 512 },
        { TargetEngine.EventLoops, 4096 },
        { TargetEngine.EventLoopsWithoutRing, 512 },
        { TargetEngine.Threads, 4096 },
    };

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Compare_tells_equal_from_different_data(TargetEngine engine, int block)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var nsid = (await target.CreateAsync(Capacity, blockSize: block)).Nsid;
        using var host = CommandHost.Open(target);
        foreach (var blocks in new[] { 1, 3, 256 * 1024 / block })
        {
            var data = Bytes(blocks * block, blocks);
            host.Run(CommandHost.Range(NvmOpcode.Write, nsid, 5, blocks, data)).Code.ShouldBe(NvmeStatus.Success);
            host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 5, blocks, data)).Code.ShouldBe(NvmeStatus.Success);
            host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 5, blocks, data) with { ByR2T = true }).Code.ShouldBe(NvmeStatus.Success);
            foreach (var at in new[] { 0, data.Length / 2, data.Length - 1 })
            {
                data[at] ^= 1;
                host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 5, blocks, data)).Status
                    .ShouldBe((ushort)(NvmeStatus.CompareFailure | NvmeStatus.DoNotRetry), $"{blocks} blocks, byte {at}");
                data[at] ^= 1;
            }
        }

        var last = Capacity / block;
        host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, last - 1, 2, new byte[2 * block])).Code.ShouldBe(NvmeStatus.LbaOutOfRange);
        host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 0, (256 * 1024 / block) + 1, new byte[512])).Code.ShouldBe(NvmeStatus.InvalidField, "more than MDTS");
        host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 0, 2, new byte[block])).Code.ShouldBe(NvmeStatus.DataSglLengthInvalid);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Verify_reads_what_is_there_and_finds_what_is_not(TargetEngine engine, int block)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var created = await target.CreateAsync(Capacity, blockSize: block);
        using var host = CommandHost.Open(target);
        const uint forced = 1 << 30;
        var most = (int)Math.Min(65536, (32L << 20) / block);
        host.Run(CommandHost.Range(NvmOpcode.Write, created.Nsid, 0, 1, Bytes(block, 1))).Code.ShouldBe(NvmeStatus.Success);
        host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, 0, most)).Code.ShouldBe(NvmeStatus.Success);
        host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, 0, most, flags: forced)).Code.ShouldBe(NvmeStatus.Success);
        var last = Capacity / block;
        host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, last - 1, 2)).Code.ShouldBe(NvmeStatus.LbaOutOfRange);
        if (block == 4096)
        {
            host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, 0, most + 1)).Code.ShouldBe(NvmeStatus.InvalidField, "more than VSL");
        }

        // Somebody cuts the file: the blocks behind its end cannot be read any more.
        await Programs.OutputOfAsync("truncate", "-s", $"{Capacity / 2}", created.BackingPath); // .NET would respect the target's lock
        host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, 0, 8)).Code.ShouldBe(NvmeStatus.Success);
        host.Run(CommandHost.Range(NvmOpcode.Verify, created.Nsid, (last / 2) - 1, 2)).Code.ShouldBe(NvmeStatus.UnrecoveredReadError);
        host.Run(CommandHost.Range(NvmOpcode.Compare, created.Nsid, last / 2, 1, new byte[block])).Code.ShouldBe(NvmeStatus.UnrecoveredReadError);
        await Programs.OutputOfAsync("truncate", "-s", $"{Capacity}", created.BackingPath);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Copy_puts_ranges_one_behind_the_other(TargetEngine engine, int block)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var nsid = (await target.CreateAsync(Capacity, blockSize: block)).Nsid;
        using var host = CommandHost.Open(target);
        var blocks = 256 * 1024 / block;
        var data = Bytes(256 * 1024, 7);
        host.Run(CommandHost.Range(NvmOpcode.Write, nsid, 0, blocks, data)).Code.ShouldBe(NvmeStatus.Success);

        // The third and the first block and, from half of them on, the rest; an overlap among sources is nobody's harm.
        var answer = host.Run(CommandHost.Copy(nsid, 1000, (2, 1), (0, 1), (blocks / 2, blocks / 2), (blocks / 2, 1)));
        answer.Code.ShouldBe(NvmeStatus.Success);
        byte[] expected = [.. data.AsSpan(2 * block, block), .. data.AsSpan(0, block), .. data.AsSpan(128 * 1024), .. data.AsSpan(128 * 1024, block)];
        host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, 1000, expected.Length / block, expected)).Code.ShouldBe(NvmeStatus.Success);
        host.Run(CommandHost.Range(NvmOpcode.Read, nsid, 0, blocks, toHost: data.Length)).Data.ShouldBe(data);

        // As much as one command may: 4 ranges of 16 MiB, with Force Unit Access.
        var range = (16 << 20) / block;
        var most = CommandHost.Copy(nsid, 5000, (0, 200));
        host.Run(most with { Cdw12 = most.Cdw12 | (1u << 30) }).Code.ShouldBe(NvmeStatus.Success);
        if (block == 4096)
        {
            host.Run(CommandHost.Copy(nsid, range, (0, range), (0, range), (0, range), (0, range))).Code.ShouldBe(NvmeStatus.Success);
            for (var i = 1; i <= 4; i++)
            {
                host.Run(CommandHost.Range(NvmOpcode.Compare, nsid, (long)i * range, blocks, data)).Code.ShouldBe(NvmeStatus.Success, $"copy {i}");
            }
        }
    }

    [Fact]
    public async Task Copy_writes_nothing_unless_all_of_it_is_right()
    {
        const int block = 512;
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(Capacity, blockSize: block)).Nsid;
        using var host = CommandHost.Open(target);
        host.Run(CommandHost.Range(NvmOpcode.Write, nsid, 0, 8, Bytes(8 * block, 3))).Code.ShouldBe(NvmeStatus.Success);
        const int last = Capacity / block;
        var limit = (16 << 20) / block;
        var refused = new (IoRequest Request, int Code, string Why)[]
        {
            (CommandHost.Copy(nsid, 100, (0, 1), (last - 1, 2)), NvmeStatus.LbaOutOfRange, "a source behind the end"),
            (CommandHost.Copy(nsid, last - 1, (0, 2)), NvmeStatus.LbaOutOfRange, "the destination behind the end"),
            (CommandHost.Copy(nsid, 100, (0, limit + 1)), NvmeStatus.CommandSizeLimitExceeded, "more than MSSRL"),
            (CommandHost.Copy(nsid, 100, (0, limit), (0, limit), (0, limit), (0, limit), (0, 1)), NvmeStatus.CommandSizeLimitExceeded, "more than MCL"),
            (CommandHost.Copy(nsid, 100, [.. Enumerable.Repeat((0L, 1), 129)]), NvmeStatus.CommandSizeLimitExceeded, "more than MSRC"),
            (CommandHost.Copy(nsid, 100, (0, 1)) with { Cdw12 = 0x100 }, NvmeStatus.InvalidField, "another format of ranges"),
            (CommandHost.Copy(nsid, 100, (0, 2), (101, 1)), NvmeStatus.OverlappingRange, "the destination in a source"),
            (CommandHost.Copy(nsid, 100, (0, 1)) with { Cdw12 = 1 }, NvmeStatus.DataSglLengthInvalid, "fewer ranges than said"),
        };
        foreach (var (request, code, why) in refused)
        {
            var answer = host.Run(request);
            answer.Code.ShouldBe(code, why);
            answer.Result.ShouldBe(0u, why);
            host.Run(CommandHost.Range(NvmOpcode.Read, nsid, 100, 64, toHost: 64 * block)).Data.ShouldAllBe(b => b == 0, why);
        }
    }

    [Fact]
    public async Task Identify_and_the_effects_log_say_what_there_is()
    {
        await using var target = await RunningTarget.StartAsync();
        var nsid = (await target.CreateAsync(Capacity, blockSize: 4096)).Nsid;
        using var host = CommandHost.Open(target);
        var controller = host.Admin.Identify(0x01).Data;
        (ReadUInt16LittleEndian(controller.AsSpan(520)) & 0x18D).ShouldBe(0x18D, "ONCS");
        ReadUInt16LittleEndian(controller.AsSpan(534)).ShouldBe((ushort)1, "OCFS");
        var space = host.Admin.Identify(0x00, nsid).Data;
        ReadUInt16LittleEndian(space.AsSpan(74)).ShouldBe((ushort)4096, "MSSRL");
        ReadUInt32LittleEndian(space.AsSpan(76)).ShouldBe(16384u, "MCL");
        space[80].ShouldBe((byte)127, "MSRC");
        host.Admin.Identify(0x06).Data[0].ShouldBe((byte)13, "VSL");
        var effects = host.Admin.GetLogPage(5, 4096).Data;
        foreach (var (opcode, effect) in new[] { (NvmOpcode.Compare, 1), (NvmOpcode.Verify, 1), (NvmOpcode.Copy, 3) })
        {
            ReadUInt32LittleEndian(effects.AsSpan(1024 + (opcode * 4))).ShouldBe((uint)effect, $"opcode {opcode:x2}");
        }
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

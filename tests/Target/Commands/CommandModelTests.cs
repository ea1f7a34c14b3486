using Migrate.Target.Admin;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Commands;

/// <summary>
/// Random commands of several hosts, many at once, against a model in memory: every status and every byte. Commands that are under
/// way together have parts of the namespace of their own, so that their order does not matter.
/// </summary>
public sealed class CommandModelTests
{
    private const int Blocks = 4096;
    private const int AtOnce = 16;
    private const int Part = Blocks / AtOnce;
    private const int Rounds = 150;
    private const uint Forced = 1 << 30;

    public static TheoryData<TargetEngine, int, bool, bool, int> Runs => new()
    {
        { TargetEngine.EventLoops, 512, false, false, 1 },
        { TargetEngine.EventLoops, 4096, true, false, 2 },
        { TargetEngine.EventLoops, 4096, false, true, 3 },
        { TargetEngine.EventLoopsWithoutRing, 512, true, false, 4 },
        { TargetEngine.EventLoopsWithoutRing, 4096, false, true, 5 },
        { TargetEngine.Threads, 4096, false, false, 6 },
        { TargetEngine.Threads, 512, true, false, 7 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Any_commands_answer_and_leave_what_the_model_says(TargetEngine engine, int block, bool digests, bool direct, int seed)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 });
        var created = await target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), (long)Blocks * block, block) { Direct = direct }, TestContext.Current.CancellationToken);
        using var first = CommandHost.Open(target, digests: digests);
        using var second = CommandHost.Open(target, RunningTarget.OtherHostNqn, digests);
        using var third = CommandHost.Open(target, digests: digests);
        CommandHost[] hosts = [first, second, third];
        var random = new Random(seed);
        var model = new CommandModel(Blocks, block);
        for (var round = 0; round < Rounds; round++)
        {
            var batch = Enumerable.Range(0, random.Next(1, AtOnce + 1)).SelectMany(part => Some(random, model, created.Nsid, block, part * Part)).ToList();
            var expected = new List<(int Code, byte[]? Data)>();
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Fuse == 1)
                {
                    var (compare, write) = model.ApplyFused(batch[i], batch[++i]);
                    expected.AddRange([(compare, null), (write, null)]);
                }
                else
                {
                    expected.Add(model.Apply(batch[i]));
                }
            }

            var answers = hosts[random.Next(hosts.Length)].Run(batch);
            for (var i = 0; i < batch.Count; i++)
            {
                var what = $"seed {seed}, round {round}: {batch[i]}";
                answers[i].Code.ShouldBe(expected[i].Code, what);
                (expected[i].Data?.AsSpan().SequenceEqual(answers[i].Data) ?? true).ShouldBeTrue(what);
            }
        }

        await using var host = await target.ConnectAsync();
        var all = new byte[Blocks * block];
        await (await host.OpenAsync(created.Uuid, TestContext.Current.CancellationToken)).ReadAsync(0, all, TestContext.Current.CancellationToken);
        all.AsSpan().SequenceEqual(model.Content).ShouldBeTrue();
    }

    [Fact]
    public async Task A_queue_may_be_full_to_its_last_entry_and_a_controller_have_all_its_queues()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1024 * 4096, blockSize: 4096);
        using var host = CommandHost.Open(target, queueSize: 1023);
        IoRequest[] Each(byte opcode, bool byR2T) =>
            [.. Enumerable.Range(0, 1023).Select(i => CommandHost.Range(opcode, created.Nsid, i, 1, Enumerable.Repeat((byte)i, 4096).ToArray()) with { ByR2T = byR2T })];

        host.Run(Each(NvmOpcode.Write, byR2T: true)).ShouldAllBe(a => a.Code == 0);
        host.Run(Each(NvmOpcode.Compare, byR2T: false)).ShouldAllBe(a => a.Code == 0);
        await using var wide = await target.ConnectAsync(o => o with { IoQueues = 16, QueueDepth = 64 });
        var disk = await wide.OpenAsync(created.Uuid, TestContext.Current.CancellationToken);
        var read = new byte[1023 * 4096];
        await Task.WhenAll(Enumerable.Range(0, 1023).Select(i => disk.ReadAsync(i * 4096L, read.AsMemory(i * 4096, 4096), TestContext.Current.CancellationToken).AsTask()));
        for (var i = 0; i < read.Length; i++)
        {
            read[i].ShouldBe((byte)(i / 4096));
        }
    }

    /// <summary>A command, or both halves of a fused one, inside of this part; now and then one that is wrong.</summary>
    private static IEnumerable<IoRequest> Some(Random random, CommandModel model, uint nsid, int block, int begin)
    {
        var first = begin + random.Next(Part);
        var count = Math.Min(random.Next(4) == 0 ? random.Next(1, Part + 1) : random.Next(1, 9), begin + Part - first);
        if (random.Next(25) == 0)
        {
            first = Blocks - random.Next(count); // behind the end, at least in part
        }

        if (random.Next(40) == 0)
        {
            count = (256 * 1024 / block) + 1; // more than a command may move
            first = 0;
            return [CommandHost.Range(random.Next(2) == 0 ? NvmOpcode.Write : NvmOpcode.Compare, nsid, first, count, new byte[512])];
        }

        count = Math.Min(count, 256 * 1024 / block);
        var length = count * block;
        var flags = random.Next(6) == 0 ? Forced : 0;
        var byR2T = random.Next(3) == 0;
        var isThere = first + count <= Blocks;
        var data = new byte[length];
        random.NextBytes(data);
        var same = isThere ? model.Content.Slice(first * block, length).ToArray() : data;
        if (random.Next(3) == 0)
        {
            same[random.Next(length)] ^= 0x10;
        }

        switch (random.Next(10))
        {
            case 0 or 1:
                return [CommandHost.Range(NvmOpcode.Read, nsid, first, count, toHost: length, flags: flags)];
            case 2 or 3:
                return [CommandHost.Range(NvmOpcode.Write, nsid, first, count, data, flags: flags) with { ByR2T = byR2T, SglLength = byR2T && random.Next(10) == 0 ? length - 1 : null }];
            case 4:
                return [CommandHost.Range(NvmOpcode.Compare, nsid, first, count, same, flags: flags) with { ByR2T = byR2T }];
            case 5:
                return
                [
                    CommandHost.Range(NvmOpcode.Compare, nsid, first, count, same) with { Fuse = 1, ByR2T = byR2T },
                    CommandHost.Range(NvmOpcode.Write, nsid, first, count, data, flags: flags) with { Fuse = 2, ByR2T = random.Next(2) == 0 },
                ];
            case 6:
                return [CommandHost.Range(NvmOpcode.WriteZeroes, nsid, first, count, flags: flags | (random.Next(2) == 0 ? 1u << 25 : 0))];
            case 7:
                return [CommandHost.Deallocate(nsid, [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => ((long)begin + random.Next(Part - 8), random.Next(1, 8))), .. isThere ? [] : new[] { ((long)first, count) }])];
            case 8:
                var copy = CommandHost.Copy(nsid, isThere ? begin + random.Next(Part - 40) : first, [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => ((long)begin + random.Next(Part - 8), random.Next(1, 8)))]);
                return [copy with { Cdw12 = copy.Cdw12 | flags }];
            default:
                return [random.Next(2) == 0 ? new IoRequest(NvmOpcode.Flush, nsid) : CommandHost.Range(NvmOpcode.Verify, nsid, first, count, flags: flags)];
        }
    }
}

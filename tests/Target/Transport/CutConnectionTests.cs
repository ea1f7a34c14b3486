using Microsoft.Extensions.Logging;
using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Transport;

/// <summary>Connections that break with commands everywhere: on the way, in the ring, with workers, half fused, half answered.</summary>
public sealed class CutConnectionTests
{
    private const long Capacity = 16 << 20;
    private const int Rounds = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<TargetEngine, bool> Engines => new()
    {
        { TargetEngine.EventLoops, false },
        { TargetEngine.EventLoops, true },
        { TargetEngine.EventLoopsWithoutRing, true },
        { TargetEngine.Threads, true },
    };

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Cut_connections_leave_nothing_that_a_fence_would_wait_for(TargetEngine engine, bool isDirect)
    {
        var log = new LogOfErrors();
        using var loggers = LoggerFactory.Create(b => b.AddProvider(log).SetMinimumLevel(LogLevel.Error));
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 }, loggers: loggers);
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity) { Direct = isDirect }, Cancel);
        await using var bystander = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
        var disk = await bystander.OpenAsync(created.Uuid, Cancel);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(() => CutAgainAndAgain(target, created.Nsid, new Random(worker)), Cancel)));

        await disk.WriteAsync(0, new byte[4096], Cancel).AsTask().WaitAsync(Patience, Cancel);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel).WaitAsync(Patience, Cancel); // waits for every access
        log.Errors.ShouldBeEmpty();
    }

    private static void CutAgainAndAgain(RunningTarget target, uint nsid, Random random)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (admin, io) = ScriptedHost.OpenIoQueue(target, dataDigest: random.Next(2) == 0);
            for (ushort id = 0; id < 24; id++)
            {
                var length = 512 << random.Next(10);
                var entry = ScriptedHost.Entry(Opcode(random), id, nsid, length: (uint)length);
                WriteInt64LittleEndian(entry.AsSpan(40), random.NextInt64((Capacity - length) / 512));
                WriteUInt32LittleEndian(entry.AsSpan(48), (uint)(length / 512) - 1 | (random.Next(4) == 0 ? 1u << 30 : 0));
                io.TrySend(io.Capsule(entry, default));
                if (random.Next(8) == 0)
                {
                    SendSomeData(io, id, random);
                }
            }

            io.Cut(isReset: random.Next(2) == 0);
            admin.Cut(isReset: random.Next(2) == 0);
        }
    }

    // Right by luck at best: the target may end the connection before the host does.
    private static void SendSomeData(ScriptedHost io, ushort id, Random random)
    {
        var data = io.Data(new H2CData(id, (ushort)random.Next(4), 0, 4096), new byte[4096], last: random.Next(2) == 0);
        io.TrySend(data.AsSpan(0, random.Next(8, data.Length)));
    }

    private static byte Opcode(Random random) => random.Next(8) switch
    {
        < 3 => NvmOpcode.Read,
        < 6 => NvmOpcode.Write,
        6 => NvmOpcode.Flush,
        _ => NvmOpcode.WriteZeroes,
    };
}

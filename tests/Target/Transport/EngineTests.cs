using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Transport;

/// <summary>What every engine must do alike.</summary>
public sealed class EngineTests
{
    private const long Capacity = 64 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<TargetEngine, bool> Engines => new()
    {
        { TargetEngine.EventLoops, false },
        { TargetEngine.EventLoops, true },
        { TargetEngine.EventLoopsWithoutRing, false },
        { TargetEngine.EventLoopsWithoutRing, true },
        { TargetEngine.Threads, false },
        { TargetEngine.Threads, true },
    };

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Writes_of_every_size_on_many_connections_are_read_back(TargetEngine engine, bool isDirect)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 2 });
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity) { Direct = isDirect }, Cancel);
        await using var host = await target.ConnectAsync(o => o with { IoQueues = 4 });
        var disk = await host.OpenAsync(created.Uuid, Cancel);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(worker);
                var part = Capacity / 8;
                var data = new byte[256 * 1024];
                var read = new byte[data.Length];
                for (var i = 0; i < 60; i++)
                {
                    var length = random.Next(1, 513) * 512;
                    var at = (worker * part) + (random.NextInt64((part - length) / 512) * 512);
                    random.NextBytes(data.AsSpan(0, length));
                    await disk.WriteAsync(at, data.AsMemory(0, length), Cancel);
                    if (i % 10 == 0)
                    {
                        await disk.FlushAsync(Cancel);
                    }

                    await disk.ReadAsync(at, read.AsMemory(0, length), Cancel);
                    read.AsSpan(0, length).SequenceEqual(data.AsSpan(0, length)).ShouldBeTrue($"worker {worker}, write {i}: {at}+{length}");
                }
            },
            Cancel)));
    }

    /// <summary>A host that asks and does not listen keeps its own connection waiting and nobody else's, and gets everything later.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_host_that_takes_no_answers_holds_up_nobody_and_loses_nothing(TargetEngine engine, bool isDirect)
    {
        const int reads = 200;
        const int length = 128 * 1024;
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine, Loops = 1 });
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity) { Direct = isDirect }, Cancel);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var data = new byte[1 << 20];
        for (long at = 0; at < reads * length; at += data.Length)
        {
            Array.Fill(data, (byte)(at >> 20));
            await disk.WriteAsync(at, data, Cancel);
        }

        var (admin, deaf) = ScriptedHost.OpenIoQueue(target, hostNqn: RunningTarget.OtherHostNqn, queueSize: 511);
        using var first = admin;
        using var second = deaf;
        for (var i = 0; i < reads; i++)
        {
            var entry = ScriptedHost.Entry(NvmOpcode.Read, (ushort)i, created.Nsid, length: length);
            WriteInt64LittleEndian(entry.AsSpan(40), (long)i * (length / 512));
            WriteUInt32LittleEndian(entry.AsSpan(48), (length / 512) - 1);
            deaf.SendCapsule(entry, default);
        }

        for (var i = 0; i < 100; i++)
        {
            await disk.ReadAsync(0, data.AsMemory(0, 4096), Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        }

        var seen = new HashSet<ushort>();
        while (seen.Count < reads)
        {
            var pdu = deaf.Receive();
            var header = PduHeader.Read(pdu);
            if (header.Type == PduType.C2HData)
            {
                var id = C2HData.Read(pdu).CommandId;
                var expected = (byte)(((long)id * length) >> 20);
                pdu.AsSpan(header.DataOffset).IndexOfAnyExcept(expected).ShouldBe(-1, $"read {id}");
                seen.Add(id);
            }
        }
    }
}

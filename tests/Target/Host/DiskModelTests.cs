using FsCheck.Fluent;
using Migrate.Target.Admin;
using Migrate.Target.Tests.Namespaces;

namespace Migrate.Target.Tests.Host;

/// <summary>Random reads, writes, zeroings and deallocations against a byte array that says what must be there.</summary>
public sealed class DiskModelTests
{
    private const int Blocks = 2048; // 1 or 8 MiB

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record Operation(int Kind, int First, int Count, byte Value);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Any_sequence_of_operations_ends_as_in_memory(bool digests, bool local)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * 512);
        await CompareAsync(target, created, digests, deallocationClears: true, local);
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(4096, true)]
    [InlineData(4096, false)]
    public async Task It_does_so_on_a_block_device(int blockSize, bool direct)
    {
        await using var target = await RunningTarget.StartAsync();
        await using var device = await LoopDevice.MakeAsync(target.Target.Directory, Blocks * blockSize, blockSize);
        var created = await target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), 0, blockSize) { BackingPath = device.Path, Direct = direct }, Cancel);
        await CompareAsync(target, created, digests: false, deallocationClears: true);
        await target.Target.DeleteNamespaceAsync(created.Uuid, deleteBacking: false, Cancel); // the device goes before the target
    }

    [Theory]
    [InlineData(TargetEngine.Auto, false)]
    [InlineData(TargetEngine.Auto, true)]
    [InlineData(TargetEngine.Threads, false)]
    public async Task It_does_so_on_a_file_with_direct_io(TargetEngine engine, bool preallocate)
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { Engine = engine });
        var created = await target.Target.CreateNamespaceAsync(
            new NamespaceSpec(Guid.NewGuid(), Blocks * 4096, 4096) { Direct = true, Preallocate = preallocate }, Cancel);
        await CompareAsync(target, created, digests: false, deallocationClears: !preallocate);
    }

    private static async Task CompareAsync(RunningTarget target, NamespaceInfo created, bool digests, bool deallocationClears, bool local = true)
    {
        await using var host = await target.ConnectAsync(o => o with { HeaderDigest = digests, DataDigest = digests, Local = local ? target.Target : null });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var model = new byte[created.CapacityBytes];
        var operation =
            from kind in Gen.Choose(0, 4)
            from first in Gen.Choose(0, Blocks - 1)
            from count in Gen.Frequency((3, Gen.Choose(1, 16)), (1, Gen.Choose(1, Blocks)))
            from value in Gen.Choose(1, 255)
            select new Operation(kind, first, Math.Min(count, Blocks - first), (byte)value);

        foreach (var (kind, first, count, value) in operation.Sample(300))
        {
            var (at, length) = (first * created.BlockSize, count * created.BlockSize);
            switch (kind)
            {
                case 0:
                    model.AsSpan(at, length).Fill(value);
                    await disk.WriteAsync(at, model.AsMemory(at, length), Cancel);
                    break;
                case 1:
                    model.AsSpan(at, length).Clear();
                    await disk.WriteZeroesAsync(at, length, Cancel);
                    break;
                case 2:
                    model.AsSpan(at, deallocationClears ? length : 0).Clear();
                    await disk.DeallocateAsync(at, length, Cancel);
                    break;
                case 3:
                    await disk.FlushAsync(Cancel);
                    break;
                default:
                    var part = new byte[length];
                    await disk.ReadAsync(at, part, Cancel);
                    part.AsSpan().SequenceEqual(model.AsSpan(at, length)).ShouldBeTrue($"{count} blocks at {first}");
                    break;
            }
        }

        var all = new byte[model.Length];
        await disk.ReadAsync(0, all, Cancel);
        all.AsSpan().SequenceEqual(model).ShouldBeTrue();
    }
}

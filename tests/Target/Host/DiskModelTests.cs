using FsCheck.Fluent;

namespace Migrate.Target.Tests.Host;

/// <summary>Random reads, writes, zeroings and deallocations against a byte array that says what must be there.</summary>
public sealed class DiskModelTests
{
    private const int Blocks = 2048; // 1 MiB

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record Operation(int Kind, int First, int Count, byte Value);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_sequence_of_operations_ends_as_in_memory(bool digests)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * 512);
        await using var host = await target.ConnectAsync(o => o with { HeaderDigest = digests, DataDigest = digests });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var model = new byte[Blocks * 512];
        var operation =
            from kind in Gen.Choose(0, 4)
            from first in Gen.Choose(0, Blocks - 1)
            from count in Gen.Frequency((3, Gen.Choose(1, 16)), (1, Gen.Choose(1, Blocks)))
            from value in Gen.Choose(1, 255)
            select new Operation(kind, first, Math.Min(count, Blocks - first), (byte)value);

        foreach (var (kind, first, count, value) in operation.Sample(300))
        {
            var (at, length) = (first * 512, count * 512);
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
                    model.AsSpan(at, length).Clear();
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

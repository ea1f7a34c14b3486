using System.Security.Cryptography;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.Host;

public sealed class NvmeDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512)]
    [InlineData(16 * 1024)] // the largest that travels in the capsule
    [InlineData((16 * 1024) + 512)] // the smallest that waits for R2T
    [InlineData(256 * 1024)] // one command, two H2CData PDUs
    [InlineData((3 * 1024 * 1024) + 512)] // many commands
    public async Task What_is_written_is_read_back(int length)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(8 * 1024 * 1024);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var written = RandomNumberGenerator.GetBytes(length);
        await disk.WriteAsync(1024, written, Cancel);
        await disk.FlushAsync(Cancel);

        var read = new byte[length];
        await disk.ReadAsync(1024, read, Cancel);

        read.ShouldBe(written);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel); // from here on the file may be opened
        (await File.ReadAllBytesAsync(created.BackingPath, Cancel)).AsSpan(1024, length).SequenceEqual(written).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Digests_protect_every_kind_of_transfer(bool header, bool data)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(8 * 1024 * 1024);
        await using var host = await target.ConnectAsync(o => o with { HeaderDigest = header, DataDigest = data });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        foreach (var length in new[] { 512, 8192, 256 * 1024, 1024 * 1024 })
        {
            var written = RandomNumberGenerator.GetBytes(length);
            await disk.WriteAsync(0, written, Cancel);
            var read = new byte[length];
            await disk.ReadAsync(0, read, Cancel);
            read.ShouldBe(written);
        }
    }

    [Fact]
    public async Task Zeroed_and_deallocated_ranges_read_as_zeroes_and_give_their_space_back()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(16 * 1024 * 1024);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, RandomNumberGenerator.GetBytes(16 * 1024 * 1024), Cancel);
        await disk.FlushAsync(Cancel);
        var full = target.Target.FindNamespace(created.Uuid)!.AllocatedBytes;

        await disk.WriteZeroesAsync(1024 * 1024, 4 * 1024 * 1024, Cancel);
        await disk.DeallocateAsync(8 * 1024 * 1024, 4 * 1024 * 1024, Cancel);

        var read = new byte[16 * 1024 * 1024];
        await disk.ReadAsync(0, read, Cancel);
        read.AsSpan(1024 * 1024, 4 * 1024 * 1024).ContainsAnyExcept((byte)0).ShouldBeFalse();
        read.AsSpan(8 * 1024 * 1024, 4 * 1024 * 1024).ContainsAnyExcept((byte)0).ShouldBeFalse();
        read.AsSpan(0, 1024 * 1024).ContainsAnyExcept((byte)0).ShouldBeTrue();
        (full - target.Target.FindNamespace(created.Uuid)!.AllocatedBytes).ShouldBeGreaterThanOrEqualTo(8 * 1024 * 1024);
    }

    [Fact]
    public async Task Many_threads_with_many_commands_in_flight_each_get_their_own_data()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(32 * 1024 * 1024);
        await using var host = await target.ConnectAsync(o => o with { QueueDepth = 16 }); // fewer slots than callers: some wait
        var disk = await host.OpenAsync(created.Uuid, Cancel);

        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Cancel }, async (worker, cancel) =>
        {
            var random = new Random(worker);
            var start = worker * 512L * 1024;
            var expected = new byte[128 * 1024];
            for (var round = 0; round < 8; round++)
            {
                var length = random.Next(1, 256) * 512;
                var data = new byte[length];
                random.NextBytes(data);
                await disk.WriteAsync(start, data, cancel);
                var read = new byte[length];
                await disk.ReadAsync(start, read, cancel);
                read.AsSpan().SequenceEqual(data).ShouldBeTrue($"worker {worker}, round {round}");
            }
        });
    }

    [Fact]
    public async Task A_range_outside_the_disk_or_of_broken_blocks_is_refused_before_it_is_sent()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1024 * 1024, blockSize: 4096);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);

        disk.BlockSize.ShouldBe(4096);
        disk.CapacityBytes.ShouldBe(1024 * 1024);
        foreach (var (offset, length) in new[] { (512L, 4096), (0L, 512), (1024 * 1024, 4096), (-4096, 4096), (0, 0) })
        {
            await Should.ThrowAsync<ArgumentException>(async () => await disk.ReadAsync(offset, new byte[length], Cancel));
        }
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_named_in_the_error()
    {
        await using var target = await RunningTarget.StartAsync();
        await using var host = await target.ConnectAsync();
        var uuid = Guid.NewGuid();

        var error = await Should.ThrowAsync<NvmeException>(() => host.OpenAsync(uuid, Cancel));

        error.Message.ShouldContain(uuid.ToString());
    }

    [Fact]
    public async Task Commands_in_flight_fail_when_the_target_goes_away_and_later_ones_fail_at_once()
    {
        var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(8 * 1024 * 1024);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var writes = Enumerable.Range(0, 500).Select(i => disk.WriteAsync(i * 4096, new byte[4096], Cancel).AsTask()).ToList();
        await target.DisposeAsync();

        foreach (var write in writes)
        {
            try
            {
                await write;
            }
            catch (NvmeException e)
            {
                e.IsConnectionLost.ShouldBeTrue();
            }
        }

        (await Should.ThrowAsync<NvmeException>(async () => await disk.FlushAsync(Cancel))).IsConnectionLost.ShouldBeTrue();
    }
}

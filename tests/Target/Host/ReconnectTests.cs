using System.Diagnostics;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Host;

/// <summary>Connections that are lost under I/O: nothing acknowledged is lost, nothing is done twice in a way that shows.</summary>
public sealed class ReconnectTests
{
    private const int Blocks = 512;
    private const int BlockSize = 4096;

    private static readonly TimeSpan LossTimeout = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Writes_end_as_in_memory_although_connections_are_cut_at_random_bytes(int seed, bool digests)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        using var proxy = new CuttingProxy(target.Target.EndPoint, seed, mostBytes: 2 << 20);
        await using var host = await ConnectAsync(target, o => o with { EndPoint = proxy.EndPoint, HeaderDigest = digests, DataDigest = digests });
        var disk = await host.OpenAsync(created.Uuid, Cancel);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => UseAsync(disk, worker, seed, () => proxy.Cuts < 25)));

        proxy.IsCutting = false;
        proxy.Cuts.ShouldBeGreaterThanOrEqualTo(25);
        await disk.FlushAsync(Cancel);
    }

    [Fact]
    public async Task A_target_that_is_stopped_and_started_again_under_writes_only_delays_them()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-reconnect-").FullName;
        try
        {
            var target = await RunningTarget.StartAsync(directory);
            var port = target.Target.EndPoint.Port;
            var created = await target.CreateAsync(Blocks * BlockSize);
            await using var host = await ConnectAsync(target, o => o);
            var disk = await host.OpenAsync(created.Uuid, Cancel);
            var restarts = 0;
            var using8 = Task.WhenAll(Enumerable.Range(0, 8).Select(worker => UseAsync(disk, worker, 7, () => Volatile.Read(ref restarts) < 3)));
            while (restarts < 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
                await target.DisposeAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
                target = await RunningTarget.StartAsync(directory, o => o with { Port = port });
                restarts++;
            }

            await using var last = target;
            await using8;
            await disk.FlushAsync(Cancel);
            host.IsConnected.ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Nothing_is_repeated_before_the_target_has_let_go_of_the_old_controller()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        using var proxy = new HoldingProxy(target.Target.EndPoint);
        await using var host = await ConnectAsync(target, o => o with { EndPoint = proxy.EndPoint, IoQueues = 1, CommandTimeout = TimeSpan.FromSeconds(2) });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Filled(1), Cancel);

        // The next write is held back between host and target, and the host loses patience; the target knows nothing of that.
        proxy.Hold();
        var write = disk.WriteAsync(0, Filled(2), Cancel).AsTask();
        await proxy.Reconnected.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        write.IsCompleted.ShouldBeFalse("the old controller still lives: what is held back may still reach it");
        proxy.Release();
        await write.WaitAsync(TimeSpan.FromMinutes(1), Cancel);

        await disk.WriteAsync(0, Filled(3), Cancel);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        var read = new byte[BlockSize];
        await disk.ReadAsync(0, read, Cancel);
        read.ShouldBe(Filled(3), "the write that was held back must not land on top of a later one");
    }

    [Fact]
    public async Task A_target_that_stays_away_is_given_up_after_the_loss_timeout()
    {
        var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        await using var host = await ConnectAsync(target, o => o with { LossTimeout = TimeSpan.FromSeconds(20) });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await target.DisposeAsync();
        var since = Stopwatch.StartNew();

        var error = await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, Filled(1), Cancel));

        error.IsConnectionLost.ShouldBeTrue();
        since.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.5));
        since.Restart();
        await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, Filled(1), Cancel));
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(18), "it was given up once and for all");
    }

    [Fact]
    public async Task Waiting_for_the_target_can_be_cancelled_and_so_can_the_host_be_closed()
    {
        var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        await using var host = await ConnectAsync(target, o => o);
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await target.DisposeAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(1));

        await Should.ThrowAsync<OperationCanceledException>(async () => await disk.WriteAsync(0, Filled(1), patience.Token));

        var waiting = disk.ReadAsync(0, new byte[BlockSize], Cancel).AsTask();
        await host.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        (await Should.ThrowAsync<NvmeException>(() => waiting)).Message.ShouldContain("closed");
    }

    [Fact]
    public async Task A_command_that_is_given_up_does_not_wait_for_a_target_that_has_fallen_silent_and_others_are_repeated()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        await using var proxy = new TcpProxy(target.Target.EndPoint);
        await using var host = await ConnectAsync(target, o => o with
        {
            EndPoint = proxy.EndPoint,
            CommandTimeout = TimeSpan.FromMinutes(30),
            CancelledTimeout = TimeSpan.FromSeconds(1),
            KeepAliveTimeout = TimeSpan.FromSeconds(1),
        });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        proxy.Freeze(); // Half open for ever: only who looks at the clock finds out.
        using var stop = new CancellationTokenSource();
        var wanted = disk.WriteAsync(0, Filled(1), Cancel).AsTask();
        var unwanted = disk.WriteAsync(BlockSize, Filled(2), stop.Token).AsTask();

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => unwanted.WaitAsync(TimeSpan.FromMinutes(5), Cancel));
        await wanted.WaitAsync(TimeSpan.FromMinutes(5), Cancel);
        var read = new byte[BlockSize];
        await disk.ReadAsync(0, read, Cancel);
        read.ShouldBe(Filled(1));
    }

    [Fact]
    public async Task A_host_that_loses_its_grant_while_it_is_away_is_refused_when_it_repeats()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        await target.Target.GrantAsync(created.Uuid, RunningTarget.HostNqn, Cancel);
        using var proxy = new HoldingProxy(target.Target.EndPoint);
        await using var host = await ConnectAsync(target, o => o with { EndPoint = proxy.EndPoint, CommandTimeout = TimeSpan.FromSeconds(2) });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        proxy.Hold();
        var write = disk.WriteAsync(0, Filled(1), Cancel).AsTask();
        await proxy.Reconnected.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        await target.Target.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, Cancel);
        proxy.Release();

        var error = await Should.ThrowAsync<NvmeException>(() => write);

        error.StatusCode.ShouldBe(NvmeStatus.Code(NvmeStatus.ReservationConflict));
    }

    [Theory]
    [InlineData("another start of the machine", 8)]
    [InlineData("a target that does not say", 0)]
    public async Task Unflushed_writes_are_reported_as_lost_unless_the_target_says_that_its_machine_went_on(string what, int changed)
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Blocks * BlockSize);
        using var proxy = new CuttingProxy(target.Target.EndPoint, 1, mostBytes: 1) { IsCutting = false };
        await using var host = await ConnectAsync(target, o => o with { EndPoint = proxy.EndPoint, KeepAliveTimeout = TimeSpan.FromSeconds(1) });
        var unflushed = await host.OpenAsync(created.Uuid, Cancel);
        var flushed = await host.OpenAsync(created.Uuid, Cancel);
        await unflushed.WriteAsync(0, Filled(1), Cancel);
        await flushed.WriteAsync(BlockSize, Filled(2), Cancel);
        await flushed.FlushAsync(Cancel);

        proxy.Answered = bytes =>
        {
            if (bytes.Span.IndexOf("MIGRATE1"u8) is >= 0 and var at)
            {
                bytes.Span[at + changed] ^= 1;
            }
        };
        proxy.IsCutting = true;
        try
        {
            await flushed.ReadAsync(0, new byte[BlockSize], Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(1), Cancel);
        }
        catch (TimeoutException)
        {
            // It waits for the connection, which cannot be made while all are cut at once.
        }

        while (proxy.Cuts == 0)
        {
            await Task.Delay(10, Cancel); // A busy machine may not have come to that yet.
        }

        proxy.IsCutting = false;
        var read = new byte[BlockSize];
        await flushed.ReadAsync(BlockSize, read, Cancel);
        read.ShouldBe(Filled(2), what);
        (await Should.ThrowAsync<NvmeException>(async () => await unflushed.FlushAsync(Cancel))).Message.ShouldContain("written again");
        await Should.ThrowAsync<NvmeException>(async () => await unflushed.ReadAsync(0, read, Cancel));
    }

    private static byte[] Filled(byte value) => Enumerable.Repeat(value, BlockSize).ToArray();

    private static Task<NvmeHost> ConnectAsync(RunningTarget target, Func<NvmeHostOptions, NvmeHostOptions> change) => target.ConnectAsync(o => change(o with
    {
        LossTimeout = LossTimeout,
        ReconnectDelay = TimeSpan.FromMilliseconds(100),
        KeepAliveTimeout = TimeSpan.FromSeconds(10),
    }));

    // Each worker has every eighth block, so that its own order of writes says what must be there.
    private static async Task UseAsync(NvmeDisk disk, int worker, int seed, Func<bool> goesOn)
    {
        var random = new Random((seed * 100) + worker);
        var model = new byte[Blocks / 8][];
        for (var i = 0; goesOn() || i < 200; i++)
        {
            var block = random.Next(model.Length);
            var at = ((block * 8L) + worker) * BlockSize;
            switch (random.Next(8))
            {
                case 0:
                    await disk.FlushAsync(Cancel);
                    break;
                case 1:
                    await disk.WriteZeroesAsync(at, BlockSize, Cancel);
                    model[block] = new byte[BlockSize];
                    break;
                case < 5:
                    var data = new byte[BlockSize];
                    random.NextBytes(data);
                    await disk.WriteAsync(at, data, Cancel);
                    model[block] = data;
                    break;
                default:
                    var read = new byte[BlockSize];
                    await disk.ReadAsync(at, read, Cancel);
                    read.AsSpan().SequenceEqual(model[block] ?? new byte[BlockSize]).ShouldBeTrue($"seed {seed}, worker {worker}, command {i}, block {block}");
                    break;
            }
        }
    }
}

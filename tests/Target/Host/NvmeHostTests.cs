using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.Host;

public sealed class NvmeHostTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_target_decides_how_many_queues_there_are()
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { MaxIoQueues = 3 });
        await using var host = await target.ConnectAsync(o => o with { IoQueues = 8 });

        host.IoQueues.ShouldBe(3);
    }

    [Fact]
    public async Task A_wrong_subsystem_is_refused_with_the_specifications_status()
    {
        await using var target = await RunningTarget.StartAsync();

        var error = await Should.ThrowAsync<NvmeException>(() => target.ConnectAsync(o => o with { SubsystemNqn = "nqn.2026-01.org.migrate:other" }));

        (error.StatusCodeType, error.StatusCode, error.DoNotRetry).ShouldBe((1, 0x82, true));
    }

    [Fact]
    public async Task A_closed_port_and_a_silent_listener_are_errors_that_name_the_address()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new NvmeHostOptions
        {
            EndPoint = (IPEndPoint)silent.LocalEndpoint,
            SubsystemNqn = "nqn.2026-01.org.migrate:target",
            HostNqn = RunningTarget.HostNqn,
            HostId = Guid.NewGuid(),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };

        var error = await Should.ThrowAsync<NvmeException>(() => NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel));
        error.Message.ShouldContain(options.EndPoint.ToString());

        silent.Stop();
        error = await Should.ThrowAsync<NvmeException>(() => NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel));
        error.Message.ShouldContain(options.EndPoint.ToString());
    }

    [Fact]
    public async Task A_port_that_takes_no_connection_is_given_up_in_time()
    {
        using var full = new Socket(SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var endPoint = (IPEndPoint)full.LocalEndPoint!;
        using var first = new TcpClient();
        using var second = new TcpClient();
        await first.ConnectAsync(endPoint, Cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<OperationCanceledException>(async () => await second.ConnectAsync(endPoint, patience.Token), "the backlog is full");
        var options = new NvmeHostOptions
        {
            EndPoint = endPoint,
            SubsystemNqn = "nqn.2026-01.org.migrate:target",
            HostNqn = RunningTarget.HostNqn,
            HostId = Guid.NewGuid(),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };
        var since = Stopwatch.StartNew();

        var error = await Should.ThrowAsync<NvmeException>(() => NvmeHost.ConnectAsync(options, TimeProvider.System, null, Cancel));

        error.Message.ShouldContain(endPoint.ToString());
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60), "the kernel alone would try for two minutes");
    }

    [Fact]
    public async Task Cancelling_ends_only_when_the_buffer_is_free_again()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(16 << 20);
        await using var host = await target.ConnectAsync(o => o with { IoQueues = 1, QueueDepth = 4 });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Enumerable.Repeat((byte)1, 16 << 20).ToArray(), Cancel);
        for (var round = 0; round < 20; round++)
        {
            using var stop = new CancellationTokenSource();
            var buffer = new byte[16 << 20];
            var reading = disk.ReadAsync(0, buffer, stop.Token).AsTask();
            await Task.Delay(round % 5, Cancel);
            await stop.CancelAsync();
            try
            {
                await reading;
            }
            catch (OperationCanceledException)
            {
                // The usual outcome; a read that was quick enough is also one.
            }

            // Whatever the outcome, nobody writes into the buffer from now on.
            buffer.AsSpan().Fill(9);
            await Task.Delay(5, Cancel);
            buffer.AsSpan().ContainsAnyExcept((byte)9).ShouldBeFalse($"round {round}");
        }

        await disk.FlushAsync(Cancel); // all slots came back
        await disk.ReadAsync(0, new byte[16 << 20], Cancel);
    }

    [Fact]
    public async Task A_target_that_stops_answering_is_given_up_after_the_command_timeout()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        using var proxy = new StallingProxy(target.Target.EndPoint);
        await using var host = await target.ConnectAsync(o => o with { EndPoint = proxy.EndPoint, CommandTimeout = TimeSpan.FromSeconds(8) });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.FlushAsync(Cancel);
        proxy.Stall();
        var since = Stopwatch.StartNew();

        var error = await Should.ThrowAsync<NvmeException>(async () => await disk.ReadAsync(0, new byte[512], Cancel));

        error.IsConnectionLost.ShouldBeTrue();
        since.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(2));
    }

    /// <summary>Passes bytes on until it is told to stop doing so, with the connections left open.</summary>
    private sealed class StallingProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private volatile bool _isStalled;

        public StallingProxy(IPEndPoint target)
        {
            _listener.Start();
            _ = AcceptAsync(target);
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public void Stall() => _isStalled = true;

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync(IPEndPoint target)
        {
            try
            {
                while (true)
                {
                    var near = await _listener.AcceptTcpClientAsync(Cancel);
                    var far = new TcpClient();
                    await far.ConnectAsync(target, Cancel);
                    _ = PassAsync(near.GetStream(), far.GetStream());
                    _ = PassAsync(far.GetStream(), near.GetStream());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task PassAsync(NetworkStream from, NetworkStream to)
        {
            var buffer = new byte[65536];
            try
            {
                while (await from.ReadAsync(buffer, Cancel) is > 0 and var count)
                {
                    if (!_isStalled)
                    {
                        await to.WriteAsync(buffer.AsMemory(0, count), Cancel);
                    }
                }

                to.Close();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                to.Close();
            }
        }
    }
}

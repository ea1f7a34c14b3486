using System.Diagnostics;
using System.Net.Sockets;

namespace Migrate.Target.Tests.Controllers;

/// <summary>Hosts that never say who they are, and too many of them.</summary>
public sealed class ConnectionLimitTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_does_not_connect_in_time_is_closed_however_slowly_he_sends_and_who_did_stays()
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { HandshakeTimeout = TimeSpan.FromSeconds(10) });
        var created = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        using var silent = new TcpClient();
        await silent.ConnectAsync(target.Target.EndPoint, Cancel);
        using var slow = new TcpClient();
        await slow.ConnectAsync(target.Target.EndPoint, Cancel);
        using var speechless = new ScriptedHost(target.Target.EndPoint);
        speechless.Initialize();
        var since = Stopwatch.StartNew();

        var closed = silent.GetStream().ReadAsync(new byte[1], Cancel).AsTask();
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (since.Elapsed < TimeSpan.FromSeconds(60))
            {
                await slow.GetStream().WriteAsync(new byte[] { 0 }, Cancel);
                await Task.Delay(100, Cancel);
            }
        });

        (await closed.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).ShouldBe(0);
        speechless.WaitForEnd().ShouldBeTrue();
        since.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1));
        await disk.WriteAsync(0, new byte[512], Cancel);
        host.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_the_others_go_on()
    {
        await using var target = await RunningTarget.StartAsync(change: o => o with { MaxConnections = 4 });
        var created = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync(o => o with { IoQueues = 2 });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var fourth = new ScriptedHost(target.Target.EndPoint);
        fourth.Initialize();

        using (var fifth = new TcpClient())
        {
            await fifth.ConnectAsync(target.Target.EndPoint, Cancel);
            (await fifth.GetStream().ReadAsync(new byte[1], Cancel)).ShouldBe(0);
        }

        await disk.WriteAsync(0, new byte[512], Cancel);
        fourth.WaitForEnd().ShouldBeTrue();
        fourth.Dispose();
        await WaitForRoomAsync(target);
    }

    // The place is free a moment after the host has seen the end.
    private static async Task WaitForRoomAsync(RunningTarget target)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(50, Cancel))
        {
            using var one = new TcpClient();
            await one.ConnectAsync(target.Target.EndPoint, Cancel);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(500);
            try
            {
                (await one.GetStream().ReadAsync(new byte[1], patience.Token)).ShouldBe(0);
            }
            catch (OperationCanceledException) when (!Cancel.IsCancellationRequested)
            {
                return; // kept: there was room
            }

            since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        }
    }
}

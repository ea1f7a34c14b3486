using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Controllers;

/// <summary>
/// Hosts that connect while the target stops and starts. Linux gives a controller up for good, whatever its ctrl_loss_tmo,
/// when one Connect is answered with "do not retry".
/// </summary>
public sealed class RestartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_is_told_to_give_up_while_the_target_stops_and_starts()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-restart-").FullName;
        var port = 0;
        await using (var first = await RunningTarget.StartAsync(directory))
        {
            await first.Target.PutSubsystemAsync(new(RestartedSubsystem) { AllowedHosts = [RunningTarget.HostNqn] }, Cancel);
            port = first.Target.EndPoint.Port;
        }

        var statuses = new ConcurrentBag<ushort>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var connecting = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ConnectAgainAndAgain(port, statuses, stop.Token), Cancel)).ToList();
        for (var round = 0; round < 10; round++)
        {
            var before = statuses.Count;
            await using (await RunningTarget.StartAsync(directory, o => o with { Port = port }))
            {
                for (var wait = 0; statuses.Count < before + 3 && wait < 600; wait++)
                {
                    await Task.Delay(50, Cancel);
                }

                statuses.Count.ShouldBeGreaterThan(before, "somebody got in");
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(connecting);
        statuses.ShouldAllBe(s => (s & NvmeStatus.DoNotRetry) == 0);
        statuses.ShouldContain(NvmeStatus.Success);
        Directory.Delete(directory, recursive: true);
    }

    private const string RestartedSubsystem = "nqn.2026-01.org.migrate:restarted";

    private static void ConnectAgainAndAgain(int port, ConcurrentBag<ushort> statuses, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var host = new ScriptedHost(new IPEndPoint(IPAddress.Loopback, port));
                host.Initialize();
                statuses.Add(host.Connect(RestartedSubsystem).Status);
            }
            catch (Exception e) when (e is SocketException or ShouldAssertException)
            {
                // Refused or cut off: the host would try again.
            }

            Thread.Sleep(2);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Migrate.Api.Tests.Idempotency;

public sealed class LostAnswerTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_whose_answer_is_lost_does_its_thing_once_and_says_so()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var passing = PassAsync(listener, answersToLose: 1, ended.Token);
        var name = $"u{Guid.NewGuid():N}";

        var added = await server.RunAsync("user", "add", name, "--role", "Viewer", "--no-password", "--server", $"http://{listener.LocalEndpoint}");

        added.ExitCode.ShouldBe(0, added.Error);
        added.Out.ShouldContain(name);
        (await server.RunAsync("user", "list")).Out.Split(name).Length.ShouldBe(2);
        await ended.CancelAsync();
        (await passing).ShouldBe(2, "the first answer was lost, the second came through");
    }

    /// <summary>Between command and server: takes the first answers in and hangs up instead of passing them on.</summary>
    private async Task<int> PassAsync(TcpListener listener, int answersToLose, CancellationToken cancellationToken)
    {
        var connections = 0;
        try
        {
            while (true)
            {
                using var near = await listener.AcceptTcpClientAsync(cancellationToken);
                using var far = new TcpClient();
                await far.ConnectAsync(IPAddress.Loopback, server.Url.Port, cancellationToken);
                var sending = near.GetStream().CopyToAsync(far.GetStream(), cancellationToken);
                if (++connections <= answersToLose)
                {
                    await far.GetStream().ReadAtLeastAsync(new byte[65536], 1, throwOnEndOfStream: false, cancellationToken);
                    continue;
                }

                await far.GetStream().CopyToAsync(near.GetStream(), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return connections;
        }
    }
}

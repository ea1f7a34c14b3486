using System.Net;
using System.Net.Sockets;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Preflight.Paths;

namespace Migrate.Executor.Tests.Preflight.Paths;

public sealed class PortCheckTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>ICResp as Linux's own target sends it; ICReq must come as Linux's own host sends it.</summary>
    [Fact]
    public async Task A_port_that_answers_ICReq_is_a_targets()
    {
        byte[] response = [0x01, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00, .. new byte[120]];
        byte[] request = [];
        var result = await TryAsync(async stream =>
        {
            var read = new byte[128];
            await stream.ReadExactlyAsync(read, Cancellation);
            request = read;
            await stream.WriteAsync(response, Cancellation);
        });
        result.Outcome.ShouldBe(PortOutcome.Nvme, result.Words);
        request.ShouldBe([0x00, 0x00, 0x80, 0x00, 0x80, 0x00, 0x00, 0x00, .. new byte[120]]);
    }

    [Fact]
    public async Task A_port_of_another_service_is_told_from_a_closed_one()
    {
        var web = await TryAsync(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[128], Cancellation); // What is left unread at the end resets the connection.
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Cancellation);
        });
        web.Outcome.ShouldBe(PortOutcome.Other, web.Words);
        web.Words.ShouldBe("it answers 'HTTP/1.1' (48 54 54 50 2f 31 2e 31)");
        var silent = await TryAsync(async stream =>
        {
            while (await stream.ReadAsync(new byte[128], Cancellation) > 0)
            {
                // Until the other side gives up.
            }
        });
        silent.Outcome.ShouldBe(PortOutcome.Other, silent.Words);
        silent.Words.ShouldContain("says nothing");
        var closed = await PortCheck.TryAsync(new LocalCommands(TimeProvider.System), "127.0.0.1", 1, Cancellation);
        closed.Outcome.ShouldBe(PortOutcome.Closed, closed.Words);
    }

    private static async Task<PortResult> TryAsync(Func<NetworkStream, Task> serve)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(Cancellation);
            await serve(client.GetStream());
        }, Cancellation);
        var result = await PortCheck.TryAsync(new LocalCommands(TimeProvider.System), "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, Cancellation);
        await serving;
        return result;
    }
}

using System.Net;
using System.Net.Sockets;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Host;

/// <summary>A target that answers a write although the data it asked for is not there yet.</summary>
public sealed class UnaskedAnswerTests
{
    private const int Writes = 16; // more data than the sockets' buffers take, so that the last one's surely waits
    private const int Length = 256 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_before_the_data_was_sent_ends_the_connection_and_is_no_success()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Writes * (long)Length);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Server.ReceiveBufferSize = 65536;
        listener.Start();
        var passing = PassAsync(listener, target.Target.EndPoint);
        await using var host = await target.ConnectAsync(
            o => o with { EndPoint = (IPEndPoint)listener.LocalEndpoint, IoQueues = 1, CommandTimeout = TimeSpan.FromMinutes(5) });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var buffer = new byte[Length];

        var writes = Enumerable.Range(0, Writes).Select(i => disk.WriteAsync((long)i * Length, buffer, Cancel).AsTask()).ToList();
        await passing;
        var outcomes = await Task.WhenAll(writes.Select(async write =>
        {
            try
            {
                await write;
                return "success";
            }
            catch (NvmeException e) when (e.IsConnectionLost)
            {
                return e.Meaning;
            }
        }));

        outcomes.ShouldAllBe(o => o.Contains("answered before it was sent"));
        host.IsConnected.ShouldBeFalse();
    }

    // Passes the admin connection on; on the I/O connection keeps the requests for data back until all are there, then gives
    // them to the host with an answer to the last, and takes no data.
    private static async Task PassAsync(TcpListener listener, IPEndPoint target)
    {
        var admin = await ConnectAsync(listener, target);
        _ = admin.Near.CopyToAsync(admin.Far, Cancel);
        _ = admin.Far.CopyToAsync(admin.Near, Cancel);
        var (near, far) = await ConnectAsync(listener, target);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var sending = near.CopyToAsync(far, enough.Token);
        var requests = new List<byte>();
        var last = default(R2T);
        for (var count = 0; count < Writes;)
        {
            var head = new byte[PduHeader.Size];
            await far.ReadExactlyAsync(head, Cancel);
            var header = PduHeader.Read(head);
            var pdu = new byte[header.Length];
            head.CopyTo(pdu, 0);
            await far.ReadExactlyAsync(pdu.AsMemory(head.Length), Cancel);
            if (header.Type == PduType.R2T)
            {
                count++;
                last = R2T.Read(pdu);
                requests.AddRange(pdu);
            }
            else
            {
                await near.WriteAsync(pdu, Cancel);
            }
        }

        await enough.CancelAsync();
        await sending.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var answer = new byte[CapsuleResp.HeaderSize];
        CapsuleResp.Write(answer, PduLayout.Plain, new CompletionEntry(0, 0, last.CommandId, NvmeStatus.Success));
        await near.WriteAsync(requests.Concat(answer).ToArray(), Cancel);
    }

    private static async Task<(NetworkStream Near, NetworkStream Far)> ConnectAsync(TcpListener listener, IPEndPoint target)
    {
        var near = await listener.AcceptSocketAsync(Cancel);
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await far.ConnectAsync(target, Cancel);
        return (new NetworkStream(near, ownsSocket: true), new NetworkStream(far, ownsSocket: true));
    }
}

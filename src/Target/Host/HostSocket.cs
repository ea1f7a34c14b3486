using System.Net;
using System.Net.Sockets;
using Migrate.Target.Protocol;

namespace Migrate.Target.Host;

/// <summary>A TCP connection to a target that has exchanged ICReq and ICResp.</summary>
internal sealed record HostSocket(Socket Socket, PduLayout In, PduLayout Out, int MaxH2CData)
{
    /// <summary>
    /// Longest H2CData that this host makes: a whole command's data in one PDU where the target takes it. Linux's nvmet (6.1)
    /// checks the data digest over the whole command, so that with digests it fails writes that come in several PDUs.
    /// </summary>
    private const int LongestData = NvmeHost.MaxTransferBytes;

    public static async Task<HostSocket> ConnectAsync(NvmeHostOptions options, CancellationToken cancellationToken)
    {
        // Blocking calls only: a socket that was ever used asynchronously is slower in the loops to come.
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await using var registration = cancellationToken.Register(socket.Dispose);
            return await Task.Run(() => Open(socket, options), cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new NvmeException("Connect", $"{options.EndPoint} cannot be reached: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static HostSocket Open(Socket socket, NvmeHostOptions options)
    {
        socket.Connect(options.EndPoint);
        var pdu = new byte[IcReq.Size];
        new IcReq(0, 0, options.HeaderDigest, options.DataDigest, 0).Write(pdu);
        socket.Send(pdu);
        for (var received = 0; received < pdu.Length;)
        {
            var count = socket.Receive(pdu.AsSpan(received));
            if (count == 0)
            {
                throw NotSpeaking(options.EndPoint, "it closed the connection");
            }

            received += count;
        }

        var header = PduHeader.Read(pdu);
        if (header.Type != PduType.IcResp || header.HeaderLength != IcResp.Size || header.Length != IcResp.Size)
        {
            throw NotSpeaking(options.EndPoint, $"its answer has type 0x{(byte)header.Type:x2}");
        }

        var response = IcResp.Read(pdu);
        if (response.Version != 0 || response.MaxH2CData < IcResp.MinMaxH2CData || response.ControllerDataAlignment > IcReq.MaxAlignment)
        {
            throw NotSpeaking(options.EndPoint, "its ICResp has values out of range");
        }

        if ((response.HeaderDigest && !options.HeaderDigest) || (response.DataDigest && !options.DataDigest))
        {
            throw NotSpeaking(options.EndPoint, "it turns digests on that were not asked for");
        }

        var inbound = new PduLayout(response.HeaderDigest, response.DataDigest, 4);
        var outbound = inbound with { DataAlignment = (response.ControllerDataAlignment + 1) * 4 };
        return new HostSocket(socket, inbound, outbound, (int)Math.Min(response.MaxH2CData, LongestData));
    }

    private static NvmeException NotSpeaking(EndPoint endPoint, string how) => new("Connect", $"{endPoint} does not speak NVMe/TCP as it should: {how}");
}

using System.Net;
using System.Net.Sockets;
using Migrate.Target.Protocol;
using Migrate.Target.Tls;

namespace Migrate.Target.Host;

/// <summary>A TCP connection to a target that has exchanged ICReq and ICResp, within TLS if the host has a key for it.</summary>
internal sealed record HostSocket(Socket Socket, TlsStream? Tls, PduLayout In, PduLayout Out, int MaxH2CData) : IDisposable
{
    // One for the process: OpenSSL's contexts are made to be shared, and no host's end may take it from another.
    private static readonly Lazy<TlsContext> Context = new();

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

    public int Receive(Span<byte> into, out SocketError error) => Receive(Socket, Tls, into, out error);

    /// <summary>Sends all or, without TLS, a part; returns how much.</summary>
    public int Send(ReadOnlySpan<byte> bytes, out SocketError error)
    {
        if (Tls is null)
        {
            return Socket.Send(bytes, SocketFlags.None, out error);
        }

        error = Tls.Send(bytes);
        return bytes.Length;
    }

    /// <summary>When neither the receiver nor a sender uses it any more.</summary>
    public void Dispose()
    {
        Tls?.Dispose();
        Socket.Dispose();
    }

    private static int Receive(Socket socket, TlsStream? tls, Span<byte> into, out SocketError error) =>
        tls is null ? socket.Receive(into, SocketFlags.None, out error) : tls.Receive(into, out error);

    private static HostSocket Open(Socket socket, NvmeHostOptions options)
    {
        socket.Connect(options.EndPoint);
        if (options.TlsKey is not { } key)
        {
            return Initialize(socket, null, options);
        }

        TlsStream tls;
        try
        {
            var psk = key.For(options.HostNqn, options.SubsystemNqn, TlsIdentityVersion.Digest,
                options.TlsCompatible ? TlsDerivation.Compatible : TlsDerivation.Standard);
            tls = TlsStream.Connect(socket, Context.Value, psk, options.ConnectTimeout);
            socket.ReceiveTimeout = 0;
        }
        catch (TlsException e)
        {
            throw new NvmeException("Connect", $"{options.EndPoint}: {e.Message}", e);
        }

        try
        {
            return Initialize(socket, tls, options);
        }
        catch
        {
            tls.Dispose();
            throw;
        }
    }

    private static HostSocket Initialize(Socket socket, TlsStream? tls, NvmeHostOptions options)
    {
        var pdu = new byte[IcReq.Size];
        new IcReq(0, 0, options.HeaderDigest, options.DataDigest, 0).Write(pdu);
        if (tls is null)
        {
            socket.Send(pdu);
        }
        else if (tls.Send(pdu) is not SocketError.Success and var failure)
        {
            throw new SocketException((int)failure);
        }

        for (var received = 0; received < pdu.Length;)
        {
            var count = Receive(socket, tls, pdu.AsSpan(received), out var error);
            if (error != SocketError.Success)
            {
                throw new SocketException((int)error);
            }

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
        return new HostSocket(socket, tls, inbound, outbound, (int)Math.Min(response.MaxH2CData, LongestData));
    }

    private static NvmeException NotSpeaking(EndPoint endPoint, string how) => new("Connect", $"{endPoint} does not speak NVMe/TCP as it should: {how}");
}

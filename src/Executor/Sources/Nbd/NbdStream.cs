using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>The bytes of one connection: buffered when reading small fields, straight into the caller's memory when reading data.</summary>
internal sealed class NbdStream : IAsyncDisposable
{
    private readonly NbdEndpoint _endpoint;
    private readonly byte[] _buffer = new byte[64 << 10];
    private Stream _stream;
    private int _start;
    private int _end;

    private NbdStream(NbdEndpoint endpoint, Stream stream) => (_endpoint, _stream) = (endpoint, stream);

    public static async Task<NbdStream> ConnectAsync(NbdEndpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = endpoint.EndPoint switch
        {
            UnixDomainSocketEndPoint => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
            _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        };
        try
        {
            await socket.ConnectAsync(endpoint.EndPoint, cancellationToken);
            return new NbdStream(endpoint, new NetworkStream(socket, ownsSocket: true));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw NbdFault.Unreachable(endpoint, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>After the server agreed to STARTTLS. Whatever it sent before is forgotten: it was not protected.</summary>
    public async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        (_start, _end) = (0, 0);
        var tls = new SslStream(_stream);
        _stream = tls;
        string? shown = null;
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = _endpoint.EndPoint is DnsEndPoint dns ? dns.Host : "localhost",
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    shown = certificate?.GetCertHashString(HashAlgorithmName.SHA256);
                    return _endpoint.Thumbprint is { } pinned ? string.Equals(pinned.Replace(":", "", StringComparison.Ordinal), shown, StringComparison.OrdinalIgnoreCase) : errors == SslPolicyErrors.None;
                },
            }, cancellationToken);
        }
        catch (AuthenticationException e)
        {
            throw NbdFault.Tls(_endpoint, shown is null ? e.Message : $"its certificate is not trusted, thumbprint {shown}", e);
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken);

    public async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        while (into.Length > 0)
        {
            if (_start == _end && into.Length >= _buffer.Length)
            {
                into = into[Some(await _stream.ReadAsync(into, cancellationToken))..];
                continue;
            }
            if (_start == _end)
            {
                (_start, _end) = (0, Some(await _stream.ReadAsync(_buffer, cancellationToken)));
            }
            var part = Math.Min(into.Length, _end - _start);
            _buffer.AsMemory(_start, part).CopyTo(into);
            _start += part;
            into = into[part..];
        }
    }

    public async ValueTask SkipAsync(long length, CancellationToken cancellationToken)
    {
        for (var scratch = new byte[Math.Min(length, 4096)]; length > 0; length -= Math.Min(length, scratch.Length))
        {
            await ReadAsync(scratch.AsMemory(0, (int)Math.Min(length, scratch.Length)), cancellationToken);
        }
    }

    public async ValueTask<byte[]> ReadArrayAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await ReadAsync(bytes, cancellationToken);
        return bytes;
    }

    public async ValueTask<ulong> ReadUInt64Async(CancellationToken cancellationToken) => BinaryPrimitives.ReadUInt64BigEndian(await ReadArrayAsync(8, cancellationToken));

    public async ValueTask<ushort> ReadUInt16Async(CancellationToken cancellationToken) => BinaryPrimitives.ReadUInt16BigEndian(await ReadArrayAsync(2, cancellationToken));

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static int Some(int read) => read > 0 ? read : throw new EndOfStreamException("the server closed the connection");
}

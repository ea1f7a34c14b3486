using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using static Migrate.Target.Tls.OpenSslTls;

namespace Migrate.Target.Tls;

/// <summary>
/// TLS over a blocking socket. One thread may receive while another sends: OpenSSL works on memory under a lock, the socket
/// calls are outside it. Neither side needs a thread of its own.
/// </summary>
internal sealed class TlsStream : IDisposable
{
    /// <summary>So much of what is to be sent is encrypted at once.</summary>
    private const int Portion = 128 * 1024;
    private const int RecordOverhead = 64 * (128 / 16);

    private readonly Socket _socket;
    private readonly Func<string, TlsPsk?>? _find;
    private readonly ConnectionHandle _ssl;
    private readonly nint _incoming;
    private readonly nint _outgoing;
    private readonly Lock _gate = new();
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly byte[] _toSend = new byte[Portion + RecordOverhead];
    private GCHandle _self;
    private Exception? _failure;

    private TlsStream(Socket socket, TlsContext context, TlsPsk? offered, Func<string, TlsPsk?>? find)
    {
        _socket = socket;
        _find = find;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        if (offered is not null)
        {
            var identity = Encoding.UTF8.GetBytes(offered.Identity);
            var copy = Marshal.AllocHGlobal(identity.Length);
            Marshal.Copy(identity, 0, copy, identity.Length);
            Offered = (offered, copy, identity.Length);
            Psk = offered;
        }

        _ssl = context.NewConnection(GCHandle.ToIntPtr(_self));
        (_incoming, _outgoing) = (BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_bio(_ssl, _incoming, _outgoing);
    }

    /// <summary>The client's only key, with its identity in memory that does not move.</summary>
    public (TlsPsk Psk, nint Identity, int Length)? Offered { get; }

    /// <summary>The key by which both sides have proven themselves, once the handshake is over.</summary>
    public TlsPsk? Psk { get; private set; }

    /// <summary>Does the server's handshake.</summary>
    /// <param name="socket">A blocking socket, whose receive timeout is changed.</param>
    /// <param name="context">The context of all servers.</param>
    /// <param name="find">The key of an identity, or null.</param>
    /// <param name="limit">Time that the handshake may take.</param>
    /// <exception cref="TlsException">The client has no such key, or speaks something else.</exception>
    public static TlsStream Accept(Socket socket, TlsContext context, Func<string, TlsPsk?> find, TimeSpan limit)
    {
        var stream = new TlsStream(socket, context, null, find);
        SSL_set_accept_state(stream._ssl);
        return stream.Shaken("the host", limit);
    }

    /// <summary>Does the client's handshake.</summary>
    /// <exception cref="TlsException">The server does not know the key, or speaks something else.</exception>
    public static TlsStream Connect(Socket socket, TlsContext context, TlsPsk psk, TimeSpan limit)
    {
        var stream = new TlsStream(socket, context, psk, null);
        _ = SSL_set_ciphersuites(stream._ssl.DangerousGetHandle(), psk.Hash.CipherSuiteName());
        SSL_set_connect_state(stream._ssl);
        return stream.Shaken("the target", limit);
    }

    /// <summary>As <see cref="Socket.Receive(Span{byte}, SocketFlags, out SocketError)"/>: 0 when the other side has ended the connection.</summary>
    public int Receive(Span<byte> into, out SocketError error)
    {
        error = SocketError.Success;
        while (true)
        {
            var count = Decrypt(into, out var isOver);
            if (count > 0 || isOver)
            {
                return count;
            }

            count = _socket.Receive(_received, SocketFlags.None, out error);
            if (count == 0 || error != SocketError.Success)
            {
                return 0;
            }

            lock (_gate)
            {
                _ = BIO_write(_incoming, _received.AsSpan(0, count), count); // memory takes all
            }
        }
    }

    /// <summary>Sends all; one thread at a time.</summary>
    public SocketError Send(ReadOnlySpan<byte> bytes)
    {
        var error = SocketError.Success;
        while (!bytes.IsEmpty && error == SocketError.Success)
        {
            var part = bytes[..Math.Min(bytes.Length, Portion)];
            lock (_gate)
            {
                if (_ssl.IsClosed || SSL_write_ex(_ssl, part, (nuint)part.Length, out _) <= 0)
                {
                    Authentication.OpenSsl.ERR_clear_error();
                    return SocketError.ConnectionAborted;
                }
            }

            bytes = bytes[part.Length..];
            error = SendPending();
        }

        return error;
    }

    /// <summary>Tells the other side that nothing follows, so that it can tell the end from a cut.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_ssl.IsClosed)
            {
                return;
            }

            _ = SSL_shutdown(_ssl);
            Authentication.OpenSsl.ERR_clear_error();
        }

        SendPending();
    }

    public TlsPsk? FindPsk(string identity) => Psk = _find?.Invoke(identity);

    public void Failed(Exception failure) => _failure = failure;

    /// <summary>When neither thread uses it any more. The socket is its owner's.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_ssl.IsClosed)
            {
                _ssl.Dispose();
                _self.Free();
                if (Offered is { } offered)
                {
                    Marshal.FreeHGlobal(offered.Identity);
                }
            }
        }
    }

    private TlsStream Shaken(string other, TimeSpan limit)
    {
        var until = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        try
        {
            while (true)
            {
                var result = SSL_do_handshake(_ssl);
                var reason = result == 1 ? 0 : SSL_get_error(_ssl, result);
                var why = reason is 0 or WantRead ? "" : Authentication.OpenSsl.TakeError();
                var error = SendPending(); // in case of failure this is the alert
                if (result == 1 && error == SocketError.Success)
                {
                    return this;
                }

                if (reason != WantRead || error != SocketError.Success)
                {
                    throw new TlsException($"no TLS handshake with {other}: {_failure?.Message ?? (error == SocketError.Success ? why : $"{error}")}", _failure);
                }

                // Who drips single bytes has no more time than others.
                _socket.ReceiveTimeout = (int)Math.Max(1, until - Environment.TickCount64);
                var count = _socket.Receive(_received, SocketFlags.None, out error);
                if (count == 0 || error != SocketError.Success)
                {
                    throw new TlsException($"no TLS handshake with {other}: {(error == SocketError.Success ? "it closed the connection" : $"{error}")}");
                }

                _ = BIO_write(_incoming, _received.AsSpan(0, count), count);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    // As much as is there: OpenSSL gives one record at a time, but the session likes many PDUs at once.
    private int Decrypt(Span<byte> into, out bool isOver)
    {
        isOver = false;
        var total = 0;
        lock (_gate)
        {
            while (total < into.Length && !_ssl.IsClosed)
            {
                if (SSL_read_ex(_ssl, into[total..], (nuint)(into.Length - total), out var count) > 0)
                {
                    total += (int)count;
                    continue;
                }

                isOver = SSL_get_error(_ssl, 0) != WantRead; // an orderly end, or something that is no TLS of this connection
                Authentication.OpenSsl.ERR_clear_error();
                break;
            }
        }

        return total;
    }

    private SocketError SendPending()
    {
        while (true)
        {
            int count;
            lock (_gate)
            {
                count = _ssl.IsClosed ? 0 : BIO_read(_outgoing, _toSend, _toSend.Length);
            }

            if (count <= 0)
            {
                return SocketError.Success;
            }

            for (var sent = 0; sent < count;)
            {
                sent += _socket.Send(_toSend.AsSpan(sent, count - sent), SocketFlags.None, out var error);
                if (error != SocketError.Success)
                {
                    return error;
                }
            }
        }
    }
}

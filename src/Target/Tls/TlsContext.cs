using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static Migrate.Target.Tls.OpenSslTls;

namespace Migrate.Target.Tls;

/// <summary>
/// What all TLS connections of a side share: TLS 1.3 only, pre-shared keys with (EC)DHE only, no certificates and no tickets
/// (a kernel that took the record layer over could not read them).
/// </summary>
internal sealed unsafe class TlsContext : IDisposable
{
    private const uint PreSharedKeyExtension = 41;
    private const int StreamIndex = 0; // OpenSSL's "app data"

    private readonly ContextHandle _context;

    public TlsContext()
    {
        _context = SSL_CTX_new(TLS_method());
        if (_context.IsInvalid || SSL_CTX_ctrl(_context, SetMinProtocolVersion, Tls13, 0) <= 0 || SSL_CTX_set_num_tickets(_context, 0) <= 0)
        {
            throw new TlsException($"OpenSSL makes no context: {Authentication.OpenSsl.TakeError()}");
        }

        _ = SSL_CTX_ctrl(_context, SetMode, ReleaseBuffers, 0);
        SSL_CTX_set_client_hello_cb(_context, &ClientHello, 0);
        SSL_CTX_set_psk_find_session_callback(_context, &FindSession);
        SSL_CTX_set_psk_use_session_callback(_context, &UseSession);
    }

    public ConnectionHandle NewConnection(nint stream)
    {
        var ssl = SSL_new(_context);
        return !ssl.IsInvalid && SSL_set_ex_data(ssl, StreamIndex, stream) > 0
            ? ssl
            : throw new TlsException($"OpenSSL makes no connection: {Authentication.OpenSsl.TakeError()}");
    }

    public void Dispose() => _context.Dispose();

    // The next three are called by OpenSSL within SSL_do_handshake: no exception may leave. This one on the server's side, first:
    // OpenSSL chooses the cipher suite before it looks at keys, and would then pass over those of the other hash.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ClientHello(nint ssl, int* alert, nint argument)
    {
        try
        {
            if (SSL_client_hello_get0_ext(ssl, PreSharedKeyExtension, out var extension, out var length) > 0
                && FirstKnown(StreamOf(ssl), new ReadOnlySpan<byte>(extension, (int)length)) is { } psk)
            {
                _ = SSL_set_ciphersuites(ssl, psk.Hash.CipherSuiteName());
            }

            return 1;
        }
        catch (Exception e)
        {
            StreamOf(ssl).Failed(e);
            return 0;
        }
    }

    // OfferedPsks of RFC 8446, 4.2.11: a list of identities, each with its length before it and an age of four bytes behind it.
    private static TlsPsk? FirstKnown(TlsStream stream, ReadOnlySpan<byte> extension)
    {
        var rest = extension.Length < 2 ? default : extension[2..Math.Min(extension.Length, 2 + ReadUInt16BigEndian(extension))];
        while (rest.Length >= 2)
        {
            var length = ReadUInt16BigEndian(rest);
            if (rest.Length < 2 + length + 4)
            {
                return null;
            }

            if (stream.FindPsk(Encoding.UTF8.GetString(rest.Slice(2, length))) is { } psk)
            {
                return psk;
            }

            rest = rest[(2 + length + 4)..];
        }

        return null;
    }

    // The server's side, once for each identity.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FindSession(nint ssl, byte* identity, nuint length, nint* session)
    {
        *session = 0;
        try
        {
            if (length <= int.MaxValue && StreamOf(ssl).FindPsk(Encoding.UTF8.GetString(identity, (int)length)) is { } psk)
            {
                *session = SessionOf(ssl, psk);
            }

            return 1;
        }
        catch (Exception e)
        {
            StreamOf(ssl).Failed(e);
            return 0;
        }
    }

    // The client's side.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int UseSession(nint ssl, nint digest, byte** identity, nuint* length, nint* session)
    {
        *session = 0;
        try
        {
            if (StreamOf(ssl).Offered is { } offered)
            {
                *session = SessionOf(ssl, offered.Psk);
                *identity = (byte*)offered.Identity;
                *length = (nuint)offered.Length;
            }

            return 1;
        }
        catch (Exception e)
        {
            StreamOf(ssl).Failed(e);
            return 0;
        }
    }

    private static TlsStream StreamOf(nint ssl) => (TlsStream)GCHandle.FromIntPtr(SSL_get_ex_data(ssl, StreamIndex)).Target!;

    private static nint SessionOf(nint ssl, TlsPsk psk)
    {
        var suite = psk.Hash.CipherSuite();
        var session = SSL_SESSION_new();
        if (session != 0
            && SSL_SESSION_set1_master_key(session, psk.Key, (nuint)psk.Key.Length) > 0
            && SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, [(byte)(suite >> 8), (byte)suite])) > 0
            && SSL_SESSION_set_protocol_version(session, Tls13) > 0)
        {
            return session; // the caller, OpenSSL, owns it now
        }

        SSL_SESSION_free(session);
        throw new TlsException($"OpenSSL makes no session: {Authentication.OpenSsl.TakeError()}");
    }
}

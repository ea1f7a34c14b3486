using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Tls;

/// <summary>The calls of OpenSSL 3 (libssl, libcrypto) for TLS 1.3 with external pre-shared keys, which the framework does not offer. Names are OpenSSL's own.</summary>
internal static unsafe partial class OpenSslTls
{
    public const int Tls13 = 0x0304;
    public const int WantRead = 2;
    public const int ZeroReturn = 6;
    public const int SetMinProtocolVersion = 123;
    public const int SetMode = 33;
    public const int ReleaseBuffers = 0x10;

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    internal sealed class ContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            SSL_CTX_free(handle);
            return true;
        }
    }

    internal sealed class ConnectionHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            SSL_free(handle); // with its two BIOs
            return true;
        }
    }

    [LibraryImport(Ssl)]
    internal static partial nint TLS_method();

    [LibraryImport(Ssl)]
    internal static partial ContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CTX_ctrl(ContextHandle context, int command, nint value, nint pointer);

    [LibraryImport(Ssl)]
    internal static partial int SSL_CTX_set_num_tickets(ContextHandle context, nuint count);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_psk_find_session_callback(ContextHandle context, delegate* unmanaged[Cdecl]<nint, byte*, nuint, nint*, int> callback);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_psk_use_session_callback(ContextHandle context, delegate* unmanaged[Cdecl]<nint, nint, byte**, nuint*, nint*, int> callback);

    [LibraryImport(Ssl)]
    internal static partial void SSL_CTX_set_client_hello_cb(ContextHandle context, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(Ssl)]
    internal static partial int SSL_client_hello_get0_ext(nint ssl, uint type, out byte* extension, out nuint length);

    [LibraryImport(Ssl)]
    internal static partial ConnectionHandle SSL_new(ContextHandle context);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SSL_set_ciphersuites(nint ssl, string names);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_bio(ConnectionHandle ssl, nint read, nint write);

    [LibraryImport(Ssl)]
    internal static partial int SSL_set_ex_data(ConnectionHandle ssl, int index, nint data);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_accept_state(ConnectionHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial void SSL_set_connect_state(ConnectionHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_do_handshake(ConnectionHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_read_ex(ConnectionHandle ssl, Span<byte> into, nuint length, out nuint read);

    [LibraryImport(Ssl)]
    internal static partial int SSL_write_ex(ConnectionHandle ssl, ReadOnlySpan<byte> from, nuint length, out nuint written);

    [LibraryImport(Ssl)]
    internal static partial int SSL_shutdown(ConnectionHandle ssl);

    [LibraryImport(Ssl)]
    internal static partial int SSL_get_error(ConnectionHandle ssl, int result);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_SESSION_new();

    [LibraryImport(Ssl)]
    internal static partial void SSL_SESSION_free(nint session);

    [LibraryImport(Ssl)]
    internal static partial int SSL_SESSION_set1_master_key(nint session, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Ssl)]
    internal static partial int SSL_SESSION_set_cipher(nint session, nint cipher);

    [LibraryImport(Ssl)]
    internal static partial int SSL_SESSION_set_protocol_version(nint session, int version);

    [LibraryImport(Ssl)]
    internal static partial nint SSL_CIPHER_find(nint ssl, ReadOnlySpan<byte> number);

    [LibraryImport(Crypto)]
    internal static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    internal static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    internal static partial int BIO_read(nint bio, Span<byte> into, int length);

    [LibraryImport(Crypto)]
    internal static partial int BIO_write(nint bio, ReadOnlySpan<byte> from, int length);

    [LibraryImport(Ssl)]
    private static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    private static partial void SSL_free(nint ssl);
}

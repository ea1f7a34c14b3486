using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Authentication;

/// <summary>The few calls of OpenSSL 3 (libcrypto) that the framework does not offer. Names are OpenSSL's own.</summary>
internal static partial class OpenSsl
{
    private const string Crypto = "libcrypto.so.3";

    internal sealed class PublicKeyHandle : SafeHandleZeroOrMinusOneIsInvalid
    {
        public PublicKeyHandle() : base(ownsHandle: true)
        {
        }

        public PublicKeyHandle(nint key) : base(ownsHandle: true) => SetHandle(key);

        protected override bool ReleaseHandle()
        {
            EVP_PKEY_free(handle);
            return true;
        }
    }

    internal sealed class PublicKeyContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
    {
        protected override bool ReleaseHandle()
        {
            EVP_PKEY_CTX_free(handle);
            return true;
        }
    }

    /// <summary>The oldest error of this thread in words, and forgets all.</summary>
    public static string TakeError()
    {
        var code = ERR_get_error();
        ERR_clear_error();
        var text = new byte[256];
        ERR_error_string_n(code, text, (nuint)text.Length);
        return System.Text.Encoding.ASCII.GetString(text.AsSpan(0, Math.Max(0, text.AsSpan().IndexOf((byte)0))));
    }

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial PublicKeyContextHandle EVP_PKEY_CTX_new_from_name(nint library, string name, string? properties);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial PublicKeyContextHandle EVP_PKEY_CTX_new_from_pkey(nint library, PublicKeyHandle key, string? properties);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_keygen_init(PublicKeyContextHandle context);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int EVP_PKEY_CTX_set_group_name(PublicKeyContextHandle context, string name);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_generate(PublicKeyContextHandle context, out nint key);

    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int EVP_PKEY_get_octet_string_param(PublicKeyHandle key, string name, Span<byte> value, nuint size, out nuint length);

    [LibraryImport(Crypto)]
    internal static partial PublicKeyHandle EVP_PKEY_new();

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_copy_parameters(PublicKeyHandle to, PublicKeyHandle from);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_set1_encoded_public_key(PublicKeyHandle key, ReadOnlySpan<byte> value, nuint length);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive_init(PublicKeyContextHandle context);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_CTX_set_dh_pad(PublicKeyContextHandle context, int pad);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive_set_peer(PublicKeyContextHandle context, PublicKeyHandle peer);

    [LibraryImport(Crypto)]
    internal static partial int EVP_PKEY_derive(PublicKeyContextHandle context, Span<byte> secret, ref nuint length);

    [LibraryImport(Crypto)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    private static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Crypto)]
    private static partial nuint ERR_get_error();

    [LibraryImport(Crypto)]
    private static partial void ERR_error_string_n(nuint code, Span<byte> text, nuint size);
}

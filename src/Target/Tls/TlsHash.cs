using System.Security.Cryptography;

namespace Migrate.Target.Tls;

/// <summary>Hashes by their number in keys and identities; each goes with one cipher suite of TLS 1.3.</summary>
internal enum TlsHash : byte
{
    None = 0,
    Sha256 = 1,
    Sha384 = 2,
}

/// <summary>The form of the identity: version 0 of NVMe/TCP 1.0, or version 1, which carries a digest of the key.</summary>
internal enum TlsIdentityVersion
{
    Plain = 0,
    Digest = 1,
}

/// <summary>How HKDF-Expand-Label is done.</summary>
internal enum TlsDerivation
{
    /// <summary>As RFC 8446, 7.1 has it.</summary>
    Standard,

    /// <summary>As libnvme did up to 1.15 (nvme-cli up to 2.15, Debian 12 and 13): the length in the machine's byte order, and the label and its context without their lengths.</summary>
    Compatible,
}

internal static class TlsHashes
{
    public static HashAlgorithmName Name(this TlsHash hash) => hash switch
    {
        TlsHash.Sha256 => HashAlgorithmName.SHA256,
        TlsHash.Sha384 => HashAlgorithmName.SHA384,
        _ => throw new ArgumentOutOfRangeException(nameof(hash)),
    };

    /// <summary>OpenSSL's name of its cipher suite.</summary>
    public static string CipherSuiteName(this TlsHash hash) => hash == TlsHash.Sha384 ? "TLS_AES_256_GCM_SHA384" : "TLS_AES_128_GCM_SHA256";

    /// <summary>The number of its cipher suite: TLS_AES_128_GCM_SHA256 or TLS_AES_256_GCM_SHA384.</summary>
    public static ushort CipherSuite(this TlsHash hash) => hash == TlsHash.Sha384 ? (ushort)0x1302 : (ushort)0x1301;
}

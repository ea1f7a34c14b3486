using System.Security.Cryptography;

namespace Migrate.Target.Authentication;

/// <summary>Hash functions of DH-HMAC-CHAP by their identifiers on the wire (NVM Express Base 2.0, 8.13.5.1).</summary>
public enum DhChapHash : byte
{
    /// <summary>Of a secret only: it is used as it stands, without transformation.</summary>
    None = 0,

    /// <summary>SHA-256: 32 bytes.</summary>
    Sha256 = 1,

    /// <summary>SHA-384: 48 bytes.</summary>
    Sha384 = 2,

    /// <summary>SHA-512: 64 bytes.</summary>
    Sha512 = 3,
}

internal static class DhChapHashes
{
    public static bool IsHash(this DhChapHash hash) => hash is DhChapHash.Sha256 or DhChapHash.Sha384 or DhChapHash.Sha512;

    public static int Length(this DhChapHash hash) => hash switch
    {
        DhChapHash.Sha256 => SHA256.HashSizeInBytes,
        DhChapHash.Sha384 => SHA384.HashSizeInBytes,
        DhChapHash.Sha512 => SHA512.HashSizeInBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(hash)),
    };

    public static byte[] Digest(this DhChapHash hash, ReadOnlySpan<byte> data) => CryptographicOperations.HashData(hash.Name(), data);

    public static byte[] Hmac(this DhChapHash hash, ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(hash.Name(), key, data);

    private static HashAlgorithmName Name(this DhChapHash hash) => hash switch
    {
        DhChapHash.Sha256 => HashAlgorithmName.SHA256,
        DhChapHash.Sha384 => HashAlgorithmName.SHA384,
        DhChapHash.Sha512 => HashAlgorithmName.SHA512,
        _ => throw new ArgumentOutOfRangeException(nameof(hash)),
    };
}

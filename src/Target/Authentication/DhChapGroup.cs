namespace Migrate.Target.Authentication;

/// <summary>Diffie-Hellman groups of DH-HMAC-CHAP by their identifiers on the wire (NVM Express Base 2.0, 8.13.5.1; the primes are RFC 7919's).</summary>
public enum DhChapGroup : byte
{
    /// <summary>No Diffie-Hellman exchange: challenge and response only.</summary>
    Null = 0,

    /// <summary>2048 bits.</summary>
    Ffdhe2048 = 1,

    /// <summary>3072 bits.</summary>
    Ffdhe3072 = 2,

    /// <summary>4096 bits.</summary>
    Ffdhe4096 = 3,

    /// <summary>6144 bits.</summary>
    Ffdhe6144 = 4,

    /// <summary>8192 bits.</summary>
    Ffdhe8192 = 5,
}

internal static class DhChapGroups
{
    /// <summary>Bytes of a public key or a shared secret, padded in front to the length of the prime.</summary>
    public static int Length(this DhChapGroup group) => group switch
    {
        DhChapGroup.Null => 0,
        DhChapGroup.Ffdhe2048 => 256,
        DhChapGroup.Ffdhe3072 => 384,
        DhChapGroup.Ffdhe4096 => 512,
        DhChapGroup.Ffdhe6144 => 768,
        DhChapGroup.Ffdhe8192 => 1024,
        _ => throw new ArgumentOutOfRangeException(nameof(group)),
    };

    public static string Name(this DhChapGroup group) => group == DhChapGroup.Null ? "null" : $"ffdhe{group.Length() * 8}";
}

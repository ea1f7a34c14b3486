using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Authentication;

/// <summary>
/// A secret of DH-HMAC-CHAP in its interchange form <c>DHHC-1:hh:base64:</c> (NVM Express Base 2.0, 8.13.5.8), as
/// <c>nvme gen-dhchap-key</c> writes it. It prints as a placeholder, so that no log shows it.
/// </summary>
public sealed class DhChapSecret
{
    private const string Prefix = "DHHC-1:";
    private const int CrcSize = 4;

    private readonly byte[] _secret;

    private DhChapSecret(DhChapHash hash, byte[] secret)
    {
        Hash = hash;
        _secret = secret;
    }

    /// <summary>The hash by which the secret is bound to the NQN of its owner before use; <see cref="DhChapHash.None"/> uses it as it stands.</summary>
    public DhChapHash Hash { get; }

    /// <summary>Reads the interchange form.</summary>
    /// <param name="text">For example <c>DHHC-1:01:</c>, 48 base64 characters, <c>:</c>; white space around it is ignored.</param>
    /// <exception cref="FormatException">It has another form or length, or its CRC does not fit. The message does not show the secret.</exception>
    public static DhChapSecret Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var form = text.Trim();
        if (!form.StartsWith(Prefix, StringComparison.Ordinal) || form.Length < Prefix.Length + 4 || form[Prefix.Length + 2] != ':' || form[^1] != ':')
        {
            throw new FormatException("A secret has the form DHHC-1:hh:base64: (with the colon at its end).");
        }

        if (!byte.TryParse(form.AsSpan(Prefix.Length, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || id > (byte)DhChapHash.Sha512)
        {
            throw new FormatException("The secret's hash is none of 00 (none), 01 (SHA-256), 02 (SHA-384), 03 (SHA-512).");
        }

        var bytes = new byte[form.Length];
        if (!Convert.TryFromBase64Chars(form.AsSpan((Prefix.Length + 3)..^1), bytes, out var length))
        {
            throw new FormatException("The secret is not base64.");
        }

        if (length - CrcSize is not (32 or 48 or 64))
        {
            throw new FormatException($"The secret has {length - CrcSize} bytes and a CRC; it must have 32, 48 or 64.");
        }

        var secret = bytes[..(length - CrcSize)];
        return ReadUInt32LittleEndian(bytes.AsSpan(secret.Length)) == Crc32(secret)
            ? new DhChapSecret((DhChapHash)id, secret)
            : throw new FormatException("The secret's CRC does not fit: a character is wrong or missing.");
    }

    /// <summary>A new random secret of the hash's length; 32 bytes without one.</summary>
    public static DhChapSecret Generate(DhChapHash hash) => new(hash, RandomNumberGenerator.GetBytes(hash.IsHash() ? hash.Length() : 32));

    /// <summary>The interchange form: the secret itself, for files of mode 0600 and for the other side.</summary>
    public string Reveal()
    {
        var bytes = new byte[_secret.Length + CrcSize];
        _secret.CopyTo(bytes, 0);
        WriteUInt32LittleEndian(bytes.AsSpan(_secret.Length), Crc32(_secret));
        return $"{Prefix}{(byte)Hash:x2}:{Convert.ToBase64String(bytes)}:";
    }

    /// <summary>A placeholder; <see cref="Reveal"/> has the secret.</summary>
    public override string ToString() => $"{Prefix}{(byte)Hash:x2}:…:";

    /// <summary>The key of the HMACs: the secret bound to the NQN of the host or subsystem that it authenticates (8.13.5.7).</summary>
    internal byte[] KeyFor(string nqn) => Hash == DhChapHash.None ? _secret : Hash.Hmac(_secret, Encoding.UTF8.GetBytes(nqn + "NVMe-over-Fabrics"));

    // The CRC-32 of Ethernet and zip (RFC 1952); secrets are short and rare, so a bit at a time will do.
    internal static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var octet in data)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB8_8320);
            }
        }

        return ~crc;
    }
}

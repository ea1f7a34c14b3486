using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Migrate.Target.Authentication;

namespace Migrate.Target.Tls;

/// <summary>
/// A configured pre-shared key in the interchange form <c>NVMeTLSkey-1:hh:base64:</c> (NVMe/TCP 1.0, 3.6.1), as
/// <c>nvme gen-tls-key</c> writes it. It prints as a placeholder, so that no log shows it.
/// </summary>
public sealed class TlsKey
{
    private const string Prefix = "NVMeTLSkey-1:";
    private const int CrcSize = 4;

    private readonly byte[] _configured;

    private TlsKey(TlsHash retainedBy, byte[] configured)
    {
        RetainedBy = retainedBy;
        _configured = configured;
    }

    /// <summary>The hash by which the key is bound to the host's NQN before use.</summary>
    internal TlsHash RetainedBy { get; }

    /// <summary>The hash of the cipher suite and of the identity; it follows from the key.</summary>
    internal TlsHash Hash => _configured.Length == 48 ? TlsHash.Sha384 : TlsHash.Sha256;

    /// <summary>Reads the interchange form.</summary>
    /// <param name="text">For example <c>NVMeTLSkey-1:01:</c>, 48 base64 characters, <c>:</c>; white space around it is ignored.</param>
    /// <exception cref="FormatException">It has another form or length, or its CRC does not fit. The message does not show the key.</exception>
    public static TlsKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var form = text.Trim();
        if (!form.StartsWith(Prefix, StringComparison.Ordinal) || form.Length < Prefix.Length + 4 || form[Prefix.Length + 2] != ':' || form[^1] != ':')
        {
            throw new FormatException("A TLS key has the form NVMeTLSkey-1:hh:base64: (with the colon at its end).");
        }

        if (!byte.TryParse(form.AsSpan(Prefix.Length, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) || id > (byte)TlsHash.Sha384)
        {
            throw new FormatException("The TLS key's hash is none of 00 (none), 01 (SHA-256), 02 (SHA-384).");
        }

        var bytes = new byte[form.Length];
        if (!Convert.TryFromBase64Chars(form.AsSpan((Prefix.Length + 3)..^1), bytes, out var length))
        {
            throw new FormatException("The TLS key is not base64.");
        }

        var size = length - CrcSize;
        if ((TlsHash)id switch { TlsHash.Sha256 => size != 32, TlsHash.Sha384 => size != 48, _ => size is not (32 or 48) })
        {
            throw new FormatException($"The TLS key has {size} bytes and a CRC, which is not the length of its hash.");
        }

        var configured = bytes[..size];
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(size)) == DhChapSecret.Crc32(configured)
            ? new TlsKey((TlsHash)id, configured)
            : throw new FormatException("The TLS key's CRC does not fit: a character is wrong or missing.");
    }

    /// <summary>A new random key for SHA-256 (TLS_AES_128_GCM_SHA256), or for SHA-384 (TLS_AES_256_GCM_SHA384).</summary>
    public static TlsKey Generate(bool sha384 = false) => sha384
        ? new TlsKey(TlsHash.Sha384, RandomNumberGenerator.GetBytes(48))
        : new TlsKey(TlsHash.Sha256, RandomNumberGenerator.GetBytes(32));

    /// <summary>The interchange form: the key itself, for files of mode 0600 and for the other side.</summary>
    public string Reveal()
    {
        var bytes = new byte[_configured.Length + CrcSize];
        _configured.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(_configured.Length), DhChapSecret.Crc32(_configured));
        return $"{Prefix}{(byte)RetainedBy:x2}:{Convert.ToBase64String(bytes)}:";
    }

    /// <summary>A placeholder; <see cref="Reveal"/> has the key.</summary>
    public override string ToString() => $"{Prefix}{(byte)RetainedBy:x2}:…:";

    /// <summary>What a host and a subsystem share by this key.</summary>
    internal TlsPsk For(string hostNqn, string subsystemNqn, TlsIdentityVersion version, TlsDerivation derivation) =>
        TlsPsk.Derive(RetainedBy, Hash, _configured, new TlsPeers(hostNqn, subsystemNqn), version, derivation);
}

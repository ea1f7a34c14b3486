using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Migrate.Target.Tls;

/// <summary>Who talks to whom, as the identity of a pre-shared key says and as Connect must say, too.</summary>
internal sealed record TlsPeers(string HostNqn, string SubsystemNqn);

/// <summary>A TLS 1.3 pre-shared key with its identity (NVMe/TCP 1.0, 3.6.1.2 and 3.6.1.3; version 1 by TP8018).</summary>
internal sealed record TlsPsk(TlsPeers Peers, string Identity, byte[] Key, TlsHash Hash)
{
    private const int MostIdentity = 255; // the context of HKDF-Expand-Label has one byte for its length

    public static TlsPsk Derive(
        TlsHash retainedBy, TlsHash hash, byte[] configured, TlsPeers peers, TlsIdentityVersion version, TlsDerivation derivation)
    {
        var retained = retainedBy == TlsHash.None
            ? configured
            : Expand(retainedBy, configured, "HostNQN", peers.HostNqn, configured.Length, derivation);
        var identity = string.Create(CultureInfo.InvariantCulture, $"NVMe{(int)version}R{(int)hash:d2} {peers.HostNqn} {peers.SubsystemNqn}");
        var context = identity;
        if (version == TlsIdentityVersion.Digest)
        {
            var text = Encoding.UTF8.GetBytes($"{peers.HostNqn} {peers.SubsystemNqn} NVMe-over-Fabrics");
            var digest = Convert.ToBase64String(CryptographicOperations.HmacData(hash.Name(), retained, text));
            identity = $"{identity} {digest}";
            context = string.Create(CultureInfo.InvariantCulture, $"{(int)hash:d2} {digest}");
        }

        return Encoding.UTF8.GetByteCount(context) <= MostIdentity
            ? new TlsPsk(peers, identity, Expand(hash, retained, "nvme-tls-psk", context, configured.Length, derivation), hash)
            : throw new FormatException("The NQNs are too long for the identity's version 0; use version 1.");
    }

    /// <summary>Who an identity names, and how; null when it has another form. Nothing of it is proven yet.</summary>
    public static (TlsIdentityVersion Version, TlsHash Hash, TlsPeers Peers)? ReadIdentity(string identity)
    {
        var words = identity.Split(' ');
        return words switch
        {
            ["NVMe0R01", var host, var subsystem] => (TlsIdentityVersion.Plain, TlsHash.Sha256, new TlsPeers(host, subsystem)),
            ["NVMe0R02", var host, var subsystem] => (TlsIdentityVersion.Plain, TlsHash.Sha384, new TlsPeers(host, subsystem)),
            ["NVMe1R01", var host, var subsystem, _] => (TlsIdentityVersion.Digest, TlsHash.Sha256, new TlsPeers(host, subsystem)),
            ["NVMe1R02", var host, var subsystem, _] => (TlsIdentityVersion.Digest, TlsHash.Sha384, new TlsPeers(host, subsystem)),
            _ => null,
        };
    }

    // PRK = HKDF-Extract(0, secret), then HKDF-Expand-Label(PRK, label, context, length).
    private static byte[] Expand(TlsHash hash, byte[] secret, string label, string context, int length, TlsDerivation derivation)
    {
        var key = HKDF.Extract(hash.Name(), secret, []);
        var labelBytes = Encoding.ASCII.GetBytes("tls13 " + label);
        var contextBytes = Encoding.UTF8.GetBytes(context);
        var lengthBytes = new byte[2];
        byte[] info;
        if (derivation == TlsDerivation.Standard)
        {
            BinaryPrimitives.WriteUInt16BigEndian(lengthBytes, (ushort)length);
            info = [.. lengthBytes, (byte)labelBytes.Length, .. labelBytes, (byte)contextBytes.Length, .. contextBytes];
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(lengthBytes, (ushort)length);
            info = [.. lengthBytes, .. labelBytes, .. contextBytes];
        }

        return HKDF.Expand(hash.Name(), key, length, info);
    }
}

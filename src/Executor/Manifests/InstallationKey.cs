using System.Security.Cryptography;
using Migrate.Planner;

namespace Migrate.Executor.Manifests;

/// <summary>
/// The key that this installation signs with, ECDSA on P-256: installation.key (PKCS #8, mode 0600) and beside it installation.pub for whoever
/// wants to check. It is made at the first start; who has lost it can still check what it signed, and signs with a new one.
/// </summary>
public sealed class InstallationKey : IDisposable
{
    public const string PrivateName = "installation.key";
    public const string PublicName = "installation.pub";

    private readonly ECDsa _key;

    private InstallationKey(ECDsa key) => _key = key;

    /// <summary>SubjectPublicKeyInfo as PEM.</summary>
    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Names the key: the first 16 hex digits of the SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string Id => IdOf(_key);

    /// <exception cref="MigrateException"><c>manifest.key-unusable</c>.</exception>
    public static InstallationKey ReadOrCreate(string directory)
    {
        var path = Path.Combine(directory, PrivateName);
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            if ((File.GetUnixFileMode(path) & ~OwnerOnlyFile.Mode) != 0)
            {
                throw Unusable(path, "others than its owner may read or write it", null);
            }

            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(path));
            var installation = new InstallationKey(key);
            File.WriteAllText(Path.Combine(directory, PublicName), installation.PublicPem);
            return installation;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Unusable(path, e.Message, e);
        }
    }

    /// <summary>A DER signature over the SHA-256 of what the stream holds.</summary>
    public byte[] Sign(Stream data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public static bool IsSignedBy(Stream data, ReadOnlySpan<byte> signature, string publicPem, out string keyId)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(publicPem);
        keyId = IdOf(key);
        return key.VerifyData(data, signature.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    public void Dispose() => _key.Dispose();

    private static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16];

    // Beside its place and then renamed: a crash must not leave half a key, nor one that others could read for a moment.
    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        OwnerOnlyFile.Write(path, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), overwrite: false);
    }

    private static MigrateException Unusable(string path, string cause, Exception? inner) => new(
        "manifest.key-unusable", $"The installation's key {path} cannot be used: {cause}.",
        "Give its owner alone access to it (chmod 600), or put the copy of it back that was backed up; a new one is made where there is none.", inner!);
}

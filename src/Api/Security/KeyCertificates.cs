using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Migrate.Planner;

namespace Migrate.Api.Security;

/// <summary>
/// Certificates that the keys in <c>keys/</c> are encrypted to, so that the folder alone, or a copy of it, opens nothing. The first encrypts the keys that are made from now
/// on; each opens what was encrypted to it. Only RSA can: it is what XML encryption uses.
/// </summary>
internal static class KeyCertificates
{
    /// <summary>A PEM file with a certificate and its private key.</summary>
    /// <exception cref="FormatException">It cannot be used: why, and what to do.</exception>
    public static X509Certificate2 Read(string file)
    {
        try
        {
            if ((File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) != 0)
            {
                throw new FormatException($"{file} holds a private key and can be read or written by others: chmod 600 {file}");
            }

            var certificate = X509Certificate2.CreateFromPemFile(file);
            using var key = certificate.GetRSAPrivateKey();
            return key is not null ? certificate : throw new FormatException($"the certificate in {file} has no RSA key, and keys can be encrypted to no other");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException($"{file} cannot be read as a PEM file with a certificate and its private key: {e.Message}", e);
        }
    }

    public static void Use(this IDataProtectionBuilder protection, IReadOnlyList<X509Certificate2> certificates)
    {
        if (certificates.Count > 0)
        {
            protection.ProtectKeysWithCertificate(certificates[0]);
            protection.UnprotectKeysWithAnyCertificate([.. certificates]);
        }
    }

    /// <summary>Data Protection would go on with a new key, and what the others closed would look lost.</summary>
    /// <exception cref="MigrateException">keys.closed.</exception>
    public static void Check(IServiceProvider services)
    {
        foreach (var key in services.GetRequiredService<IKeyManager>().GetAllKeys().Where(x => !x.IsRevoked))
        {
            try
            {
                if (key.CreateEncryptor() is not null)
                {
                    continue;
                }
            }
            catch (Exception e) when (e is CryptographicException or InvalidOperationException)
            {
                throw Closed(key.KeyId, e);
            }

            throw Closed(key.KeyId, null);
        }
    }

    private static MigrateException Closed(Guid id, Exception? inner) => new(
        "keys.closed", $"The key {id:D} in the folder 'keys' cannot be opened{(inner is null ? "" : $": {inner.GetBaseException().Message}")}. What it protects, as passwords of sources, would be lost.",
        "Name the certificate that it was encrypted to with --key-certificate, beside newer ones; or restore the folder from a backup.", inner);
}

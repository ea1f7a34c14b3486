using System.Security.Cryptography;
using static Migrate.Target.Authentication.OpenSsl;

namespace Migrate.Target.Authentication;

/// <summary>
/// One side's fresh key pair in an RFC 7919 group. By OpenSSL, which .NET needs for its hashes anyway: its exponentiation takes
/// the same time whatever the key, checks the other side's public key, and is ten times as fast as BigInteger's.
/// </summary>
internal sealed class DiffieHellman : IDisposable
{
    private readonly PublicKeyHandle _key;

    public DiffieHellman(DhChapGroup group)
    {
        using var context = EVP_PKEY_CTX_new_from_name(0, "DH", null);
        Check(!context.IsInvalid, "EVP_PKEY_CTX_new_from_name");
        Check(EVP_PKEY_keygen_init(context) > 0, "EVP_PKEY_keygen_init");
        Check(EVP_PKEY_CTX_set_group_name(context, group.Name()) > 0, "EVP_PKEY_CTX_set_group_name");
        Check(EVP_PKEY_generate(context, out var key) > 0, "EVP_PKEY_generate");
        _key = new PublicKeyHandle(key);
        PublicKey = new byte[group.Length()];
        Check(EVP_PKEY_get_octet_string_param(_key, "encoded-pub-key", PublicKey, (nuint)PublicKey.Length, out var length) > 0
            && (int)length == PublicKey.Length, "EVP_PKEY_get_octet_string_param");
    }

    public byte[] PublicKey { get; }

    /// <summary>The shared secret, as long as the group's prime.</summary>
    /// <exception cref="AuthenticationFault">The other side's public key has another length or is none of the group.</exception>
    public byte[] Agree(ReadOnlySpan<byte> otherPublicKey)
    {
        using var other = EVP_PKEY_new();
        Check(EVP_PKEY_copy_parameters(other, _key) > 0, "EVP_PKEY_copy_parameters");
        using var context = EVP_PKEY_CTX_new_from_pkey(0, _key, null);
        Check(!context.IsInvalid && EVP_PKEY_derive_init(context) > 0, "EVP_PKEY_derive_init");
        Check(EVP_PKEY_CTX_set_dh_pad(context, 1) > 0, "EVP_PKEY_CTX_set_dh_pad");
        var secret = new byte[PublicKey.Length];
        var length = (nuint)secret.Length;
        if (otherPublicKey.Length != PublicKey.Length
            || EVP_PKEY_set1_encoded_public_key(other, otherPublicKey, (nuint)otherPublicKey.Length) <= 0
            || EVP_PKEY_derive_set_peer(context, other) <= 0
            || EVP_PKEY_derive(context, secret, ref length) <= 0 || (int)length != secret.Length)
        {
            ERR_clear_error();
            throw new AuthenticationFault(AuthenticationFailure.GroupNotUsable, $"a public key of {otherPublicKey.Length} bytes is none of the group");
        }

        return secret;
    }

    public void Dispose() => _key.Dispose();

    private static void Check(bool succeeded, string call)
    {
        if (!succeeded)
        {
            throw new CryptographicException($"{call} of OpenSSL failed: {TakeError()}");
        }
    }
}

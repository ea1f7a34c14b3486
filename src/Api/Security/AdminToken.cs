using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Migrate.Planner;

namespace Migrate.Api.Security;

/// <summary>
/// The administrator's token: made at the first start into a file that only its owner can read. The process keeps a hash, so
/// neither a memory dump's strings nor the time that a comparison takes give the token away.
/// </summary>
internal sealed class AdminToken
{
    private readonly byte[] _hash;

    /// <summary>Names the token without giving it away: sessions that began with another one have ended.</summary>
    public string Stamp => Convert.ToHexStringLower(SHA256.HashData(_hash));

    private AdminToken(string token) => _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static AdminToken ReadOrCreate(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            OwnerOnlyFile.Write(path, Encoding.ASCII.GetBytes("mgt_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "\n"));
        }

        return new AdminToken(File.ReadAllText(path).Trim());
    }

    public bool Matches(string presented) =>
        CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(presented)));
}

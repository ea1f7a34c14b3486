using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Migrate.Api.Security;

/// <summary>
/// The administrator's token: made at the first start into a file that only its owner can read. The process keeps a hash, so
/// neither a memory dump's strings nor the time that a comparison takes give the token away.
/// </summary>
internal sealed class AdminToken
{
    private readonly byte[] _hash;

    private AdminToken(string token) => _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public static AdminToken ReadOrCreate(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            // Beside it and then renamed: a file cut off by a crash would otherwise stay, with a token that is empty.
            var made = path + ".new";
            File.Delete(made);
            using (var file = new FileStream(made, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(Encoding.ASCII.GetBytes("mgt_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(made, path, overwrite: true);
        }

        return new AdminToken(File.ReadAllText(path).Trim());
    }

    public bool Matches(string presented) =>
        CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(presented)));
}

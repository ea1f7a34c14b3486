using System.Security.Cryptography;
using Migrate.Api.Hosting;
using Migrate.Planner;

namespace Migrate.Api.Idempotency;

/// <summary>
/// What calls are hashed with. Their bodies may hold passwords, and a plain hash of a body that is known but for the password would be a way to guess
/// it; so the hash takes a secret that is not in the database.
/// </summary>
internal sealed class CallSecret
{
    private const int Length = 32;

    private CallSecret(byte[] bytes) => Bytes = bytes;

    public byte[] Bytes { get; }

    public static CallSecret ReadOrCreate(DataDirectory data)
    {
        var path = Path.Combine(data.Keys, "calls.secret");
        if (!File.Exists(path) || new FileInfo(path).Length != Length)
        {
            OwnerOnlyFile.Write(path, RandomNumberGenerator.GetBytes(Length));
        }

        return new CallSecret(File.ReadAllBytes(path));
    }
}

using System.Security.Cryptography;
using System.Text;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>The bearer token of the admin API. Its file is for its owner's eyes only.</summary>
public sealed class AdminToken
{
    private const string Scheme = "Bearer ";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly byte[] _hash;

    private AdminToken(string token) => _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Reads the token, or makes one when there is no file.</summary>
    /// <exception cref="TargetException"><c>target.token-unusable</c>.</exception>
    public static AdminToken FromFile(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                Create(path);
            }

            return new AdminToken(Read(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e.Message, e);
        }
    }

    /// <summary>The token in the file, for a client.</summary>
    public static string Read(string path)
    {
        try
        {
            if ((File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                throw Unusable(path, "others than its owner may read, write or execute it", null);
            }

            var token = File.ReadAllText(path).Trim();
            return token.Length >= 32 ? token : throw Unusable(path, "it holds less than 32 characters", null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, e.Message, e);
        }
    }

    /// <summary>Whether the header of a request has the token.</summary>
    public bool IsIn(string? authorization) =>
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) &&
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim())), _hash);

    // Beside its place and then renamed: a crash must not leave an empty token, nor one that others could read for a moment.
    private static void Create(string path)
    {
        var next = path + ".new";
        File.Delete(next);
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: false);
    }

    private static TargetException Unusable(string path, string cause, Exception? inner) => new(
        "target.token-unusable", $"The admin token in {path} cannot be used: {cause}.",
        "Give its owner alone access to the file (chmod 600), or delete it: the target then makes a new one at its next start.", inner);
}

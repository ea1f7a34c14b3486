using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.VSphere;

/// <summary>
/// Keeps sources' passwords: encrypted with Data Protection in the database, in clear only on the way into a session. A
/// singleton; whoever hosts it adds Data Protection with a key ring that outlives the process.
/// </summary>
public sealed class SourceAccess(IDataProtectionProvider protection, TimeProvider time, ILoggerFactory loggers)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Migrate.Source.Password.v1");

    public string Protect(string password) => _protector.Protect(password);

    public VSphereEndpoint EndpointOf(Source source)
    {
        try
        {
            return new VSphereEndpoint(new Uri(source.Url), source.UserName, _protector.Unprotect(source.ProtectedPassword), source.Thumbprint);
        }
        catch (CryptographicException e)
        {
            throw new MigrateException(
                "source.password-unreadable",
                $"The stored password of source '{source.Name}' cannot be decrypted: the key that it was encrypted with is not in the key ring.",
                "Restore the directory 'keys' that belongs to this database, or remove the source and add it again.",
                e);
        }
    }

    /// <summary>Logs in; the caller disposes the session.</summary>
    public Task<VSphereSession> OpenAsync(Source source, CancellationToken cancellationToken) =>
        VSphereSession.OpenAsync(EndpointOf(source), time, loggers, cancellationToken);
}

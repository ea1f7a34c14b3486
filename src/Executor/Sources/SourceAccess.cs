using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Migrate.Planner;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Executor.Sources;

/// <summary>Keeps sources' passwords encrypted at rest and opens sessions with them.</summary>
public sealed class SourceAccess(IDataProtectionProvider protection, TimeProvider time, ILoggerFactory loggers, CallLimits? limits = null)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Migrate.Source.Password");

    /// <summary>What <see cref="Source.ProtectedPassword"/> holds.</summary>
    public string Protect(string password) => _protector.Protect(password);

    /// <summary>Logs in to the source; the caller disposes the session, which logs out. Throws <c>source.offline</c> for a source of files.</summary>
    public Task<VSphereSession> OpenAsync(Source source, CancellationToken cancellationToken) => source.Kind != SourceKind.VSphere
        ? throw OfflineSources.NoServer(source)
        : OpenAsync(EndpointOf(source), cancellationToken);

    /// <summary>Logs in where no source is stored yet, within the same limits of calls.</summary>
    public Task<VSphereSession> OpenAsync(VSphereEndpoint endpoint, CancellationToken cancellationToken) =>
        VSphereSession.OpenAsync(endpoint, time, loggers, cancellationToken, limits);

    private VSphereEndpoint EndpointOf(Source source)
    {
        try
        {
            return new VSphereEndpoint(new Uri(source.Url), source.UserName, _protector.Unprotect(source.ProtectedPassword), source.Thumbprint);
        }
        catch (CryptographicException e)
        {
            throw new MigrateException(
                "source.password-unreadable",
                $"The password of source '{source.Name}' cannot be decrypted: the key ring in the data directory is not the one it was encrypted with.",
                "Restore the data directory's keys folder, or set the password again (migrate source update NAME --password-file FILE).",
                e);
        }
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;
using Migrate.Planner;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.VSphere.Sessions;

namespace Migrate.Executor.Sources;

/// <summary>
/// Keeps sources' passwords encrypted at rest and opens sessions with them. All of a source's sessions share one login, which ends with
/// this object.
/// </summary>
public sealed class SourceAccess(IDataProtectionProvider protection, TimeProvider time, ILoggerFactory loggers, CallLimits? limits = null) : IAsyncDisposable
{
    private readonly IDataProtector _protector = protection.CreateProtector("Migrate.Source.Password");
    private readonly SharedSessions _sessions = new(time, loggers, limits ?? new CallLimits());

    /// <summary>What <see cref="Source.ProtectedPassword"/> holds.</summary>
    public string Protect(string password) => _protector.Protect(password);

    /// <summary>A session at the source; the caller disposes it. Throws <c>source.offline</c> for a source of files.</summary>
    public Task<VSphereSession> OpenAsync(Source source, CancellationToken cancellationToken) => source.Kind != SourceKind.VSphere
        ? throw OfflineSources.NoServer(source)
        : _sessions.OpenAsync(EndpointOf(source), cancellationToken);

    /// <summary>Logs in anew, to see whether that works; the session is this caller's alone.</summary>
    public Task<VSphereSession> TryAsync(VSphereEndpoint endpoint, CancellationToken cancellationToken) =>
        VSphereSession.OpenAsync(endpoint, time, loggers, cancellationToken, limits);

    /// <inheritdoc cref="TryAsync(VSphereEndpoint, CancellationToken)"/>
    public Task<VSphereSession> TryAsync(Source source, CancellationToken cancellationToken) => source.Kind != SourceKind.VSphere
        ? throw OfflineSources.NoServer(source)
        : TryAsync(EndpointOf(source), cancellationToken);

    /// <summary>A session at the source, or the source's files. Throws <c>source.offline</c> for a dump, which holds no disks.</summary>
    public async Task<SourceSession> ConnectAsync(Source source, CancellationToken cancellationToken) =>
        source.Kind != SourceKind.VSphere && OfflineSources.HasDisks(source) ? new(source) : new(await OpenAsync(source, cancellationToken));

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

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

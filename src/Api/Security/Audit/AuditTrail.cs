using System.Diagnostics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Executor.Manifests;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Audit;

/// <summary>
/// Writes the audit log: what is asked for before it is done, so that nothing is done of which there is no line, and what came of it after.
/// If a line cannot be written, what it is about is refused. Lines are appended one at a time, because each holds the hash of the one before.
/// </summary>
internal sealed partial class AuditTrail(IDbContextFactory<MigrateDb> databases, RunManifests manifests, DataDirectory data, TimeProvider time, ILogger<AuditTrail> log) : IDisposable
{
    private const int LongestReason = 1000;
    /// <summary>Of what is looked up by: PostgreSQL's indexes take 2.7 KB.</summary>
    private const int LongestKey = 200;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AuditHead? _last;

    public async Task<long> AskedAsync(HttpContext context, Account account, string action, string target, CancellationToken cancellationToken) =>
        await AppendAsync(Entry("asked", null, account.Name, account.Through, context, action, target, "", ""), cancellationToken);

    public Task AnsweredAsync(HttpContext context, long asked, Account account, string action, string target, string outcome, string reason) =>
        // Not cancelled with the call: what was done was done.
        AppendAsync(Entry("answered", asked, account.Name, account.Through, context, action, target, outcome, reason), CancellationToken.None);

    public Task EventAsync(HttpContext context, string who, string through, string action, string outcome, CancellationToken cancellationToken) =>
        AppendAsync(Entry("event", null, who, through, context, action, "", outcome, ""), cancellationToken);

    /// <summary>All lines, oldest first, a thousand at a time.</summary>
    public async IAsyncEnumerable<AuditEntry> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var from = 0L; ;)
        {
            List<AuditEntry> part;
            await using (var db = await databases.CreateDbContextAsync(cancellationToken))
            {
                part = await db.Audit.AsNoTracking().Where(x => x.Sequence > from).OrderBy(x => x.Sequence).Take(1000).ToListAsync(cancellationToken);
            }

            foreach (var entry in part)
            {
                yield return entry;
            }

            if (part.Count == 0)
            {
                yield break;
            }

            from = part[^1].Sequence;
        }
    }

    public Task<AuditCheck> CheckAsync(CancellationToken cancellationToken) =>
        AuditChain.CheckAsync(ReadAsync(cancellationToken), manifests.Key.PublicPem, ReadHead(), cancellationToken);

    public void Dispose() => _gate.Dispose();

    private AuditEntry Entry(string kind, long? asked, string who, string through, HttpContext context, string action, string target, string outcome, string reason)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new AuditEntry
        {
            At = new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc), // Both databases keep a millisecond as it is.
            Kind = kind,
            AskedAs = asked,
            Who = Clean(who, LongestKey),
            Through = through,
            CameFrom = context.Connection.RemoteIpAddress?.ToString() ?? "",
            Action = Clean(action, LongestKey),
            Target = Clean(target, LongestKey),
            Outcome = outcome,
            Reason = Clean(reason, LongestReason),
            TraceId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier,
            Hash = "",
            Signature = "",
        };
    }

    /// <summary>What callers send is kept as text of one line and a bounded length.</summary>
    private static string Clean(string text, int longest) => new([.. text.Where(x => !char.IsControl(x) && !char.IsSurrogate(x)).Take(longest)]);

    private async Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            _last ??= await LastAsync(db, cancellationToken);
            entry.Sequence = _last.Sequence + 1;
            entry.Hash = AuditChain.HashOf(entry, _last.Hash);
            entry.Signature = AuditChain.Sign(manifests.Key, entry.Hash);
            db.Audit.Add(entry);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch
            {
                _last = null; // It may have been written all the same: the database is asked before the next.
                throw;
            }

            _last = new AuditHead(entry.Sequence, entry.Hash);
            WriteHead(_last);
            return entry.Sequence;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Where the log goes on. If its end is gone from the database, it goes on after the end that is known beside it: the gap then shows for good, and is
    /// not closed by the next lines.
    /// </summary>
    private async Task<AuditHead> LastAsync(MigrateDb db, CancellationToken cancellationToken)
    {
        var last = await db.Audit.AsNoTracking().OrderByDescending(x => x.Sequence).Select(x => new AuditHead(x.Sequence, x.Hash)).FirstOrDefaultAsync(cancellationToken) ?? new AuditHead(0, "");
        if (ReadHead() is { } head && head.Sequence > last.Sequence)
        {
            LogCutOff(head.Sequence, last.Sequence);
            return head;
        }

        return last;
    }

    private AuditHead? ReadHead()
    {
        try
        {
            return AuditHead.Parse(File.ReadAllText(data.AuditHead));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private void WriteHead(AuditHead head)
    {
        try
        {
            // Not waited for: each change would wait for the disk once more, and an older head only proves less.
            OwnerOnlyFile.Write(data.AuditHead, Encoding.ASCII.GetBytes(head.ToString()), isDurable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The line itself is written and signed; an older head only proves less.
            LogHead(data.AuditHead, e.Message);
        }
    }

    [LoggerMessage(661, LogLevel.Error, "The audit log's end is missing in the database: {Written} lines were written, {Found} are there. It goes on after the missing ones; 'migrate audit verify' names the gap.")]
    private partial void LogCutOff(long written, long found);

    [LoggerMessage(660, LogLevel.Warning, "The audit log's end cannot be kept in {Path}: {Cause}. A cut-off end of the log would not be noticed.")]
    private partial void LogHead(string path, string cause);
}

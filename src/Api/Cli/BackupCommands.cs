using System.CommandLine;
using Migrate.Api.Backups;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>Both work on the data directory itself: a backup beside the running server, a restore without one.</summary>
internal static class BackupCommands
{
    private const string PassphraseVariable = "MIGRATE_BACKUP_PASSPHRASE";

    public static Command Backup(CommandSet cli)
    {
        var (file, passphrase, settings) = (FileArgument("where to write it; it must not be there yet"), Passphrase(), new SettingArguments(cli, SettingReaders.Serve));
        return cli.Local(
            "backup",
            "Backs up this machine's server while it works: database, keys, tokens and manifests, but no disks.",
            [file, passphrase, cli.AsJson, .. settings.Some(SettingCatalogue.Data, SettingCatalogue.Database, SettingCatalogue.DatabaseFile)],
            async (invocation, cancellationToken) =>
            {
                var (data, database) = Place(settings.Read(invocation), invocation);
                var path = Path.GetFullPath(invocation.Get(file));
                var content = await BackupMaker.MakeAsync(data, database, path, PassphraseOf(invocation, passphrase), TimeProvider.System, cancellationToken);
                var size = new FileInfo(path).Length;
                invocation.Print(new { path, files = content.Files.Count, bytes = size, content.CreatedAt, content.Program }, _ => invocation.Say($"{path}: {content.Files.Count} files, {Text.Bytes(size)}. It holds everything that opens this installation: keep it closed."));
                return ExitCode.Done;
            },
            "migrate backup /backup/migrate-2026-11-22.backup",
            "migrate backup /backup/migrate.backup --passphrase-file /etc/migrate/backup.passphrase");
    }

    public static Command Restore(CommandSet cli)
    {
        var (file, passphrase, settings) = (FileArgument("a backup"), Passphrase(), new SettingArguments(cli, SettingReaders.Serve));
        var force = new Option<bool>("--force") { Description = "even where an installation is; its files are moved aside, its PostgreSQL tables are replaced" };
        return cli.Local(
            "restore",
            "Puts a backup back; no server may run on the data directory or the database.",
            [file, passphrase, force, cli.AsJson, .. settings.Some(SettingCatalogue.Data, SettingCatalogue.Database, SettingCatalogue.DatabaseFile)],
            async (invocation, cancellationToken) =>
            {
                var (data, database) = Place(settings.Read(invocation), invocation);
                var (content, before) = await BackupRestore.RestoreAsync(data, database, Path.GetFullPath(invocation.Get(file)), PassphraseOf(invocation, passphrase), invocation.Get(force), TimeProvider.System, cancellationToken);
                invocation.Print(new { data.Root, content.CreatedAt, content.Program, before }, _ => invocation.Say($"{data.Root} is as it was at {content.CreatedAt:u}, by version {content.Program}."));
                if (before is not null)
                {
                    invocation.Say($"What was there before is in {before}; delete it when it is not wanted any more.");
                }

                invocation.Say("Start the server: runs go on. Disks are not in a backup: put the 'target' folder back as it was, or start runs anew whose disks are gone.");
                return ExitCode.Done;
            },
            "migrate restore /backup/migrate-2026-11-22.backup");
    }

    private static (DataDirectory Data, DatabaseOptions? Database) Place(SettingValues values, Invocation invocation)
    {
        var database = SettingReading.DatabaseOf(values);
        SettingArguments.Checked(() =>
        {
            values.Check();
            return true;
        });
        return (DataDirectory.Resolve(values.Get(SettingCatalogue.Data), invocation.Terminal.Environment, Environment.IsPrivilegedProcess), database);
    }

    private static Argument<string> FileArgument(string description) => new("FILE") { Description = description };

    private static Option<string?> Passphrase() => new("--passphrase-file") { Description = $"file with a passphrase that encrypts the backup ({PassphraseVariable})", HelpName = "FILE" };

    private static string? PassphraseOf(Invocation invocation, Option<string?> option)
    {
        if (invocation.Get(option) is not { } file)
        {
            return invocation.Terminal.Environment(PassphraseVariable) is { Length: > 0 } variable ? variable : null;
        }

        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } text ? text : throw new CommandFailure(ExitCode.Usage, $"{file} is empty.", "Put the passphrase into it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{file} cannot be read: {e.Message}", "Name a file with the passphrase.");
        }
    }
}

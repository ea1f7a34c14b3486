using System.Text;
using System.Text.Json.Nodes;
using Migrate.Api.Hosting;
using Migrate.Api.Settings;

namespace Migrate.Api.Tests.Settings;

/// <summary>Where settings come from and which one counts; what is wrong with them is told as a whole.</summary>
public sealed class SettingTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-settings-").FullName;

    private string FilePath => Path.Combine(_directory, "migrate.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_command_line_counts_more_than_the_environment_that_more_than_the_file_and_that_more_than_defaults()
    {
        await File.WriteAllTextAsync(
            FilePath,
            """{ "target-port": 1001, "copies": 5, "passes": 6, "limit": ["host:a=1MiB", "host:b=2MiB"], "target-by-tcp": true, /* nobody minds comments */ }""",
            TestContext.Current.CancellationToken);
        var shown = await ShownAsync(
            new() { ["MIGRATE__TARGET_PORT"] = "1002", ["MIGRATE__COPIES"] = "7", ["MIGRATE_DATA"] = "/old", ["MIGRATE__DATA"] = "/new" },
            "--config", FilePath, "--target-port", "1003");
        (Value(shown, "target-port"), From(shown, "target-port")).ShouldBe(("1003", "--target-port"));
        (Value(shown, "copies"), From(shown, "copies")).ShouldBe(("7", "MIGRATE__COPIES"));
        (Value(shown, "passes"), From(shown, "passes")).ShouldBe(("6", $"{FilePath}: passes"));
        (Value(shown, "limit"), Value(shown, "target-by-tcp"), Value(shown, "data")).ShouldBe(("host:a=1MiB host:b=2MiB", "true", "/new"));
        (Value(shown, "urls"), From(shown, "urls")).ShouldBe(("http://127.0.0.1:7080", "default"));
    }

    [Fact]
    public void What_is_shown_is_what_a_process_gets()
    {
        File.WriteAllText(FilePath, """{ "disks-per-vm": 9, "source-calls": 12.5, "keep-baselines": 30, "limit": "datastore:ds1=5MiB", "data": "/srv/m" }""");
        var values = SettingValues.Read(
            SettingReaders.Serve, x => x == SettingCatalogue.TargetByTcp ? ["true"] : null, x => x == "MIGRATE__TARGET_LISTEN" ? "192.0.2.4" : null, [], FilePath);
        var options = SettingReading.Serve(values, new DataDirectory(values.Get(SettingCatalogue.Data)!));
        options.ShouldSatisfyAllConditions(
            x => x.CopyLimits.PerVm.ShouldBe(9),
            x => (x.SourceCalls.PerSecond, x.SourceCalls.Burst).ShouldBe((12.5, 125)),
            x => x.Baselines.Kept.ShouldBe(TimeSpan.FromDays(210)),
            x => x.Throttles.Count.ShouldBe(1),
            x => x.TargetListen.ToString().ShouldBe("192.0.2.4"),
            x => x.TargetByTcp.ShouldBeTrue(),
            x => x.Data.Root.ShouldBe("/srv/m"),
            x => x.DiscoveryPort.ShouldBe(8009));
    }

    [Fact]
    public void Defaults_are_those_of_the_options_themselves()
    {
        var plain = new ServeOptions { Data = new DataDirectory("/d") };
        var read = SettingReading.Serve(SettingValues.Read(SettingReaders.Serve, _ => null, _ => null, [], Empty()), plain.Data);
        foreach (var property in typeof(ServeOptions).GetProperties().Where(x => x.Name is not (nameof(ServeOptions.Throttles) or nameof(ServeOptions.InForce))))
        {
            property.GetValue(read).ShouldBe(property.GetValue(plain), property.Name);
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_and_nothing_starts()
    {
        await File.WriteAllTextAsync(FilePath, """{ "url": "http://127.0.0.1:1", "copies": [1], "tls-key": "/nowhere/key.pem", "keep-baselines": 1 }""", TestContext.Current.CancellationToken);
        var data = Path.Combine(_directory, "data");
        var refused = await CommandResult.OfAsync(
            new() { ["MIGRATE__PASES"] = "3", ["MIGRATE__TARGET_PORT"] = "eighty" }, "serve", "--config", FilePath, "--data", data, "--source-calls", "0", "--limit", "host:a");
        refused.ExitCode.ShouldBe(2, refused.Error);
        refused.Error.ShouldSatisfyAllConditions(
            x => x.ShouldContain("there is no setting 'url'; is 'urls' meant?"),
            x => x.ShouldContain("'copies' takes one string, number, true or false"),
            x => x.ShouldContain("tls-key: there is no file /nowhere/key.pem"),
            x => x.ShouldContain("keep-baselines: '1' is no whole number from 4 to 522"),
            x => x.ShouldContain("no setting has the variable MIGRATE__PASES; is 'MIGRATE__PASSES' meant?"),
            x => x.ShouldContain("MIGRATE__TARGET_PORT: 'eighty' is no whole number from 0 to 65535"),
            x => x.ShouldContain("--source-calls: '0' is no number from 1 to 10000"),
            x => x.ShouldContain("it is not SCOPE"),
            x => x.ShouldContain("8 settings cannot be used"));
        Directory.Exists(data).ShouldBeFalse();
    }

    [Fact]
    public async Task Neither_a_named_file_that_is_not_there_nor_one_that_is_no_JSON_is_passed_over()
    {
        (await CommandResult.OfAsync([], "serve", "--config", "/nowhere/at/all.json")).Error.ShouldContain("/nowhere/at/all.json cannot be read");
        await File.WriteAllTextAsync(FilePath, "{ \"database\": \"Host=a;Database=b;Password=S3cret!\n", TestContext.Current.CancellationToken);
        var refused = await CommandResult.OfAsync(new() { ["MIGRATE_CONFIG"] = FilePath }, "serve");
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("is no valid JSON at line 1");
        refused.Error.ShouldNotContain("S3cret!");
        await File.WriteAllTextAsync(FilePath, "{ \"copies\": 1, \"copies\": 2 }", TestContext.Current.CancellationToken);
        (await CommandResult.OfAsync([], "serve", "--config", FilePath)).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Secrets_are_never_shown_and_files_that_others_read_hold_none()
    {
        await File.WriteAllTextAsync(FilePath, """{ "database": "Host=db1;Database=migrate;Password=S3cret!;Username=m" }""", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        foreach (string[] format in (string[][])[["--json"], []])
        {
            var open = await CommandResult.OfAsync([], ["config", "show", "--config", FilePath, .. format]);
            open.ExitCode.ShouldBe(2);
            open.Out.ShouldContain("can be read or written by others");
            (open.Out + open.Error).ShouldNotContain("S3cret!");
            open.Out.ShouldContain("Host=db1;Database=migrate;Username=m (password not shown)");
        }

        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        (await CommandResult.OfAsync([], "config", "show", "--config", FilePath)).ExitCode.ShouldBe(0);
        var typed = await CommandResult.OfAsync([], "config", "show", "--config", Empty(), "--database", "Host=a;Database=b;Password=S3cret!");
        typed.ExitCode.ShouldBe(2);
        (typed.Out + typed.Error).ShouldNotContain("S3cret!");
    }

    [Theory]
    [InlineData("Host=typed;Database=a", null, "Host=variable;Database=b", null, "Host=typed;Database=a")]
    [InlineData(null, "FILE", "Host=variable;Database=b", null, "Host=filed;Database=c")]
    [InlineData(null, null, "Host=variable;Database=b", "Host=written;Database=d", "Host=variable;Database=b")]
    [InlineData(null, null, null, "Host=written;Database=d", "Host=written;Database=d")]
    [InlineData("Host=typed;Database=a", "FILE", null, null, null)]
    public void The_database_is_named_by_what_is_closest_to_the_command_line(string? typed, string? file, string? variable, string? written, string? expected)
    {
        var connection = Path.Combine(_directory, "database");
        File.WriteAllText(connection, "Host=filed;Database=c");
        File.SetUnixFileMode(connection, UnixFileMode.UserRead);
        File.WriteAllText(FilePath, written is null ? "{}" : $$"""{ "database": "{{written}}" }""");
        var values = SettingValues.Read(
            SettingReaders.Serve,
            x => x == SettingCatalogue.Database && typed is not null ? [typed] : x == SettingCatalogue.DatabaseFile && file is not null ? [connection] : null,
            x => x == DatabaseChoice.Variable ? variable : null, [], FilePath);
        SettingReading.DatabaseOf(values)?.PostgresConnectionString.ShouldBe(expected);
        values.Problems.Count.ShouldBe(expected is null ? 1 : 0);
    }

    [Fact]
    public async Task A_worker_is_told_of_all_that_it_lacks()
    {
        var lacks = await CommandResult.OfAsync([], "worker", "run", "--config", Empty());
        lacks.ExitCode.ShouldBe(2);
        lacks.Error.ShouldSatisfyAllConditions(x => x.ShouldContain("--keys is missing"), x => x.ShouldContain("--target-admin is missing"));
        (await CommandResult.OfAsync([], "worker", "run", "--config", Empty(), "--keys", "k", "--target-admin", "/s")).Error.ShouldContain("needs the server's PostgreSQL");
    }

    [Fact]
    public async Task Commands_find_their_server_where_the_file_says()
    {
        await File.WriteAllTextAsync(FilePath, """{ "data": "/srv/there" }""", TestContext.Current.CancellationToken);
        var result = await CommandResult.OfAsync(new() { ["MIGRATE_CONFIG"] = FilePath }, "run", "list");
        result.ExitCode.ShouldBe(6);
        result.Error.ShouldContain("/srv/there/admin.token");
    }

    /// <summary>docs/settings.md is written from the catalogue: MIGRATE_WRITE_DOCS=1 makes this test write it instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_setting_as_it_is()
    {
        var text = new StringBuilder("""
            # Settings

            `migrate serve` and `migrate worker run` take each setting from the first of these that has it:

            1. the command line: `--target-port 4420`
            2. the environment: `MIGRATE__TARGET_PORT=4420` (a list with spaces between)
            3. a file, `/etc/migrate/migrate.json` or what `--config` or `MIGRATE_CONFIG` names: `{ "target-port": 4420, "limit": ["host:vc1.example=200MiB"] }`; it may have
               comments. Server and workers may share one: each passes over what only the other reads
            4. the default

            What cannot be used (a value out of bounds, a name that is no setting's, a file that is not there) is refused before anything starts, all of it at once, with exit code 2.
            `migrate config show` prints each value and where it comes from, for `serve` or for `worker`; passwords are not shown. A file that holds a password must be
            closed to others. This page is written from the settings by a test.


            """);
        foreach (var (title, readers) in new[] { ("Of both", SettingReaders.Both), ("Of the server", SettingReaders.Serve), ("Of workers", SettingReaders.Worker) })
        {
            text.Append("## ").Append(title).Append("\n\n| Setting | Meaning | Unit | Takes | Default |\n|---|---|---|---|---|\n");
            foreach (var setting in SettingCatalogue.All.Where(x => x.Readers == readers && !x.IsHidden))
            {
                var takes = setting.Bounds.Length > 0 ? setting.Bounds : $"`{setting.Form.Replace("|", "\\|", StringComparison.Ordinal)}`";
                var usual = setting.IsRequired ? "none: it has to be given" : setting.Default.Length > 0 ? setting.Default : "none";
                var older = setting.OlderVariable is { } variable ? $"; also by the variable `{variable}`" : "";
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{setting.Name}` | {setting.Meaning.Replace("|", "\\|", StringComparison.Ordinal)}{older} | {setting.Unit} | {takes} | {usual} |\n");
            }

            text.Append('\n');
        }

        text.Append("""
            ## Other variables

            | Variable | For |
            |---|---|
            | `MIGRATE_SERVER`, `MIGRATE_TOKEN` | commands: the server's URL and token, where the data directory cannot be read |
            | `MIGRATE_PASSWORD` | `source add`, `source update`: the password |
            | `MIGRATE_CHROMIUM` | the server: the browser that prints reports as PDF, if it is not `chromium` |

            """);
        var path = Repository.PathOf("docs", "settings.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text.ToString());
        }

        File.ReadAllText(path).ShouldBe(text.ToString(), "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/settings.md");
    }

    [Fact]
    public void Every_setting_has_a_name_of_its_own_and_says_what_it_is()
    {
        SettingCatalogue.All.Select(x => x.Name).ShouldBeUnique();
        typeof(SettingCatalogue).GetFields().Select(x => x.GetValue(null)).OfType<Setting>().ShouldBe(SettingCatalogue.All, ignoreOrder: true);
        SettingCatalogue.All.ShouldAllBe(x => x.Meaning.Length > 0 && x.Form.Length > 0);
    }

    private string Empty()
    {
        var path = Path.Combine(_directory, "empty.json");
        File.WriteAllText(path, "{}");
        return path;
    }

    private static async Task<JsonNode> ShownAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        var result = await CommandResult.OfAsync(environment, ["config", "show", "--json", .. arguments]);
        result.ExitCode.ShouldBe(0, result.Out + result.Error);
        return JsonNode.Parse(result.Out)!;
    }

    private static JsonNode Setting(JsonNode shown, string name) => shown["settings"]!.AsArray().Single(x => x!["name"]!.GetValue<string>() == name)!;

    private static string Value(JsonNode shown, string name) => Setting(shown, name)["value"]!.GetValue<string>();

    private static string From(JsonNode shown, string name) => Setting(shown, name)["from"]!.GetValue<string>();
}

using Migrate.Api.Hosting;
using Migrate.Api.Security;
using Migrate.Planner;

namespace Migrate.Api.Tests.Security;

public sealed class DataDirectoryTests(RunningServer server)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [Theory]
    [InlineData("admin.token")]
    [InlineData("migrate.db")]
    [InlineData("jobs.db")]
    [InlineData("keys")]
    public void Only_the_owner_reads(string name) =>
        (File.GetUnixFileMode(Path.Combine(server.Directory, name)) & Others).ShouldBe(UnixFileMode.None);

    [Fact]
    public void A_qemu_of_another_user_gets_through_to_disks() =>
        File.GetUnixFileMode(server.Directory).HasFlag(UnixFileMode.OtherExecute).ShouldBeTrue();

    [Fact]
    public void A_token_is_made_once_and_kept()
    {
        var path = Path.Combine(server.Directory, "another.token");
        AdminToken.ReadOrCreate(path);
        var made = File.ReadAllText(path).Trim();
        var again = AdminToken.ReadOrCreate(path);
        again.Matches(made).ShouldBeTrue();
        again.Matches(made + "x").ShouldBeFalse();
        again.Matches("").ShouldBeFalse();
        made.Length.ShouldBeGreaterThan(40);
    }

    [Fact]
    public void A_token_file_that_a_crash_left_empty_is_made_anew_and_is_no_token()
    {
        var path = Path.Combine(server.Directory, "cut-off.token");
        File.WriteAllText(path, "");
        AdminToken.ReadOrCreate(path).Matches("").ShouldBeFalse();
        File.ReadAllText(path).Trim().Length.ShouldBeGreaterThan(40);
        (File.GetUnixFileMode(path) & Others).ShouldBe(UnixFileMode.None);
    }

    [Theory]
    [InlineData("/given", "/variable", "/state", true, "/given")]
    [InlineData(null, "/variable", "/state", true, "/variable")]
    [InlineData(null, null, "/state", true, "/var/lib/migrate")]
    [InlineData(null, null, "/state", false, "/state/migrate")]
    [InlineData(null, null, null, false, "/home/me/.local/state/migrate")]
    public void The_directory_is_found_in_the_documented_order(string? option, string? variable, string? state, bool isRoot, string expected)
    {
        var environment = new Dictionary<string, string?> { ["MIGRATE_DATA"] = variable, ["XDG_STATE_HOME"] = state, ["HOME"] = "/home/me" };
        DataDirectory.Resolve(option, environment.GetValueOrDefault, isRoot).Root.ShouldBe(expected);
    }

    [Theory]
    [InlineData("http://0.0.0.0:7080", "serve.insecure-listen")]
    [InlineData("http://192.0.2.7:7080", "serve.insecure-listen")]
    [InlineData("http://127.0.0.1:7080;http://*:7081", "serve.url-invalid")]
    [InlineData("http://[::]:7080", "serve.insecure-listen")]
    [InlineData("https://192.0.2.7:7080", "serve.certificate-missing")]
    [InlineData("ftp://127.0.0.1", "serve.url-invalid")]
    public void The_token_never_crosses_a_network_in_clear(string urls, string code)
    {
        var refused = Should.Throw<MigrateException>(() => ListenRules.Check(new ServeOptions { Data = new DataDirectory("/nowhere"), Urls = urls }));
        refused.Code.ShouldBe(code);
        refused.Remedy.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("http://127.0.0.1:7080")]
    [InlineData("http://localhost:7080")]
    [InlineData("http://[::1]:7080")]
    public void Loopback_needs_no_certificate(string urls) =>
        Should.NotThrow(() => ListenRules.Check(new ServeOptions { Data = new DataDirectory("/nowhere"), Urls = urls }));

    [Fact]
    public async Task A_second_server_on_the_same_directory_is_refused()
    {
        var result = await server.RunAsync("serve", "--urls", "http://127.0.0.1:0", "--target-port", "0");
        result.ExitCode.ShouldBe(Migrate.Api.Cli.ExitCode.Failed);
        result.Error.ShouldContain("remedy:");
        File.Exists(Path.Combine(server.Directory, "server.url")).ShouldBeTrue("the running server's file must survive");
    }
}

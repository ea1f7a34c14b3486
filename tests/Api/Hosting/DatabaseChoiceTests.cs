using Migrate.Api.Hosting;
using Migrate.Planner;

namespace Migrate.Api.Tests.Hosting;

public sealed class DatabaseChoiceTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Nothing_named_is_the_data_directorys_own() => Of(null, null, null).ShouldBeNull();

    [Fact]
    public void An_argument_may_have_all_but_a_password()
    {
        Of("Host=db1;Database=migrate;Username=m", null, null).ShouldBe("Host=db1;Database=migrate;Username=m");
        var refused = Should.Throw<MigrateException>(() => Of("Host=db1;Database=migrate;Password=S3cret!", null, null));
        refused.Code.ShouldBe("database.connection-string");
        refused.Message.ShouldContain("--database-file");
        refused.ToString().ShouldNotContain("S3cret!");
    }

    [Fact]
    public void The_environment_and_a_closed_file_may_have_one()
    {
        Of(null, null, "Host=db1;Database=migrate;Password=x").ShouldBe("Host=db1;Database=migrate;Password=x");
        File.WriteAllText(_file, "Host=db2;Database=migrate;Password=y\n");
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Of(null, _file, "Host=db1;Database=migrate").ShouldBe("Host=db2;Database=migrate;Password=y");

        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Should.Throw<MigrateException>(() => Of(null, _file, null)).Code.ShouldBe("database.file-open");
    }

    [Fact]
    public void What_cannot_be_one_is_refused_with_all_that_it_lacks()
    {
        Should.Throw<MigrateException>(() => Of("Username=m", null, null)).Message.ShouldSatisfyAllConditions(
            x => x.ShouldContain("no Host"), x => x.ShouldContain("no Database"));
        Should.Throw<MigrateException>(() => Of("no=such=part", null, null)).Code.ShouldBe("database.connection-string");
        Should.Throw<MigrateException>(() => Of("Host=a;Database=b", _file, null)).Code.ShouldBe("database.twice");
    }

    private static string? Of(string? argument, string? file, string? variable) =>
        DatabaseChoice.Resolve(argument, file, name => name == DatabaseChoice.Variable ? variable : null)?.PostgresConnectionString;
}

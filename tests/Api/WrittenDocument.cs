namespace Migrate.Api.Tests;

/// <summary>A page of docs/ that is made from the program itself. After a wanted change, write it anew: MIGRATE_WRITE_DOCS=1 dotnet test tests/Api</summary>
internal static class WrittenDocument
{
    public static void ShouldBe(string path, string text)
    {
        var file = Repository.PathOf(path.Split('/'));
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, text);
        }

        (File.Exists(file) ? File.ReadAllText(file) : "").ShouldBe(text, $"{path} is not what the program says. If the change is wanted: MIGRATE_WRITE_DOCS=1 dotnet test tests/Api, and commit it.");
    }
}

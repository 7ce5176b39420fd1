namespace FugakuDnn.Build;

/// <summary>Brings the machine into the state the other commands need. Nothing happens when it is in it.</summary>
internal static class Setup
{
    private static bool done;

    public static void Run()
    {
        if (done)
        {
            return;
        }

        List<Requirement> missing = Missing();
        if (missing.Count > 0)
        {
            Install(missing);
        }

        MakeVirtualEnvironment();
        done = true;
    }

    private static List<Requirement> Missing() => Requirement.All.Where(requirement => !requirement.IsThere()).ToList();

    private static void Install(List<Requirement> missing)
    {
        bool apt = File.Exists("/etc/debian_version") && File.Exists("/usr/bin/apt-get");
        if (!apt || Environment.UserName != "root")
        {
            string names = string.Join(' ', missing.Select(requirement => requirement.Packages[0]));
            throw new StepFailed(apt
                ? $"these packages are missing; as root:\n    apt-get install --no-install-recommends {names}"
                : $"these are missing (names as in Debian); install them:\n    {names}");
        }

        Step.Quiet("apt-get update", Apt("update"));
        string[] packages = missing.Select(Offered).ToArray();
        Step.Quiet($"apt-get install {string.Join(' ', packages)}", Apt(["install", "-y", "--no-install-recommends", .. packages]));
        Requirement.LookAgain();
        if (Missing() is { Count: > 0 } still)
        {
            throw new StepFailed($"still missing after apt-get install: {string.Join(' ', still.Select(r => r.Packages[0]))}");
        }
    }

    /// <summary>The first of the packages that this system's archive has.</summary>
    private static string Offered(Requirement requirement) =>
        requirement.Packages.FirstOrDefault(package => new Command("apt-cache", "show", package).Capture().ExitCode == 0)
        ?? throw new StepFailed($"apt offers none of {string.Join(", ", requirement.Packages)}");

    private static Command Apt(params string[] arguments) => new("apt-get", ["-qq", .. arguments])
    {
        Environment = new Dictionary<string, string?> { ["DEBIAN_FRONTEND"] = "noninteractive" },
    };

    private static void MakeVirtualEnvironment()
    {
        if (!File.Exists(Python.Interpreter))
        {
            string python = Requirement.BasePython();
            Step.Quiet(".venv", new Command(python, "-m", "venv", "--system-site-packages", Repository.At(".venv")));
        }
    }
}

run test check:
	python3 manage.py $(subst run,up,$(subst check,check_all,$@)) $(ARGS)

.PHONY: run test check
